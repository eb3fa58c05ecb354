//! The keys of a Compose file, their types, and how two files are merged at each: data.
//!
//! Source of the facts: the Compose specification and its JSON schema, and for merging and
//! interpolation the behaviour of Compose v5.

use super::{Cast, Field, Merge, Shape, Types, Unique};

const NONE: Types = Types {
    text: false,
    integer: false,
    number: false,
    bool: false,
    null: false,
};
const TEXT: Types = Types { text: true, ..NONE };
const BOOL: Types = Types { bool: true, ..NONE };
const NULL: Types = Types { null: true, ..NONE };
const INTEGER: Types = Types {
    integer: true,
    ..NONE
};
const NUMBER: Types = Types {
    integer: true,
    number: true,
    ..NONE
};
const TEXT_BOOL: Types = Types { bool: true, ..TEXT };
const TEXT_INTEGER: Types = Types {
    integer: true,
    ..TEXT
};
const TEXT_NUMBER: Types = Types {
    integer: true,
    number: true,
    ..TEXT
};
pub(super) const ANY_SCALAR: Types = Types {
    bool: true,
    null: true,
    ..TEXT_NUMBER
};

/// A text.
const STRING: Shape = Shape::Scalar(TEXT);
const FLAG: Shape = Shape::Scalar(TEXT_BOOL);
const CAST_FLAG: Shape = Shape::Cast(TEXT_BOOL, Cast::Bool);
const CAST_INTEGER: Shape = Shape::Cast(TEXT_INTEGER, Cast::Integer);
const CAST_NUMBER: Shape = Shape::Cast(TEXT_NUMBER, Cast::Integer);
const CAST_FLOAT: Shape = Shape::Cast(TEXT_NUMBER, Cast::Float);
const STRINGS: Shape = Shape::List(&STRING);
const STRING_SET: Shape = Shape::Set(TEXT);
const STRING_OR_LIST: Shape = Shape::Either(&[STRING, STRING_SET]);
const OPTIONS: Shape = Shape::Map(&Shape::Scalar(TEXT_NUMBER));
const COMMAND: Shape = Shape::Either(&[Shape::Scalar(NULL), STRING, STRINGS]);
const EXTRA_HOSTS: Shape =
    Shape::Either(&[Shape::Map(&Shape::Either(&[STRING, STRINGS])), STRING_SET]);
const EXTERNAL: Shape = Shape::Either(&[CAST_FLAG, Shape::Object(&[field("name", STRING)])]);
/// `external` of configs and secrets.
const OPEN_EXTERNAL: Shape =
    Shape::Either(&[CAST_FLAG, Shape::OpenObject(&[field("name", STRING)])]);
const PROVIDER_OPTION: Shape = Shape::Scalar(Types {
    bool: true,
    ..TEXT_NUMBER
});
const ULIMITS: Shape = Shape::Map(&Shape::Either(&[
    CAST_INTEGER,
    Shape::Object(&[needed("soft", CAST_INTEGER), needed("hard", CAST_INTEGER)]),
]));
const FILE_MOUNTS: Shape = Shape::List(&Shape::Either(&[
    STRING,
    Shape::Object(&[
        field("source", STRING),
        field("target", STRING),
        field("uid", STRING),
        field("gid", STRING),
        field("mode", Shape::Scalar(TEXT_NUMBER)),
    ]),
]));

const fn field(key: &'static str, shape: Shape) -> Field {
    Field {
        key,
        shape,
        required: false,
        merge: Merge::Deep,
        unique: Unique::No,
    }
}

const fn needed(key: &'static str, shape: Shape) -> Field {
    Field {
        required: true,
        ..field(key, shape)
    }
}

const fn merged(key: &'static str, shape: Shape, merge: Merge) -> Field {
    Field {
        merge,
        ..field(key, shape)
    }
}

const fn unique(key: &'static str, shape: Shape, unique: Unique) -> Field {
    Field {
        unique,
        ..field(key, shape)
    }
}

const fn pairs(key: &'static str) -> Field {
    Field {
        key,
        shape: Shape::Pairs,
        required: false,
        merge: Merge::Pairs,
        unique: Unique::Key,
    }
}

const fn listed(key: &'static str, shape: Shape, unique: Unique) -> Field {
    Field {
        key,
        shape,
        required: false,
        merge: Merge::Pairs,
        unique,
    }
}

/// A whole Compose file.
pub const FILE: &Shape = &Shape::Object(&[
    field("version", STRING),
    field("name", STRING),
    field("include", Shape::List(&INCLUDE)),
    field("services", Shape::Map(&SERVICE)),
    field("models", Shape::Map(&MODEL)),
    field("networks", Shape::Map(&NETWORK)),
    field("volumes", Shape::Map(&VOLUME)),
    field("secrets", Shape::Map(&SECRET)),
    field("configs", Shape::Map(&CONFIG)),
]);

const INCLUDE: Shape = Shape::Either(&[
    STRING,
    Shape::Object(&[
        field("path", STRING_OR_LIST),
        field("env_file", STRING_OR_LIST),
        field("project_directory", STRING),
    ]),
]);

/// A service.
pub static SERVICE: Shape = Shape::Object(&[
    pairs("annotations"),
    field("attach", FLAG),
    field("blkio_config", BLKIO),
    merged("build", Shape::Either(&[STRING, BUILD]), Merge::Build),
    unique("cap_add", STRING_SET, Unique::Key),
    unique("cap_drop", STRING_SET, Unique::Key),
    field("cgroup", Shape::Word(&["host", "private"])),
    field("cgroup_parent", STRING),
    merged("command", COMMAND, Merge::Replace),
    unique("configs", FILE_MOUNTS, Unique::File("")),
    field("container_name", STRING),
    field("cpu_count", CAST_INTEGER),
    field("cpu_percent", CAST_FLOAT),
    field("cpu_period", CAST_NUMBER),
    field("cpu_quota", CAST_NUMBER),
    field("cpu_rt_period", CAST_NUMBER),
    field("cpu_rt_runtime", CAST_NUMBER),
    field("cpu_shares", CAST_NUMBER),
    field("cpus", CAST_FLOAT),
    field("cpuset", STRING),
    field(
        "credential_spec",
        Shape::Object(&[
            field("config", STRING),
            field("file", STRING),
            field("registry", STRING),
        ]),
    ),
    merged(
        "depends_on",
        Shape::Either(&[STRING_SET, Shape::Map(&DEPENDENCY)]),
        Merge::DependsOn,
    ),
    field("deploy", DEPLOY),
    field("develop", DEVELOP),
    field("device_cgroup_rules", STRING_SET),
    unique("devices", DEVICES, Unique::Device),
    listed("dns", STRING_OR_LIST, Unique::Key),
    listed("dns_opt", STRING_SET, Unique::Key),
    listed("dns_search", STRING_OR_LIST, Unique::Key),
    field("domainname", STRING),
    merged("entrypoint", COMMAND, Merge::Replace),
    listed("env_file", ENV_FILE, Unique::Path),
    pairs("environment"),
    unique("expose", Shape::Set(TEXT_NUMBER), Unique::Value),
    field("extends", Shape::Either(&[STRING, EXTENDS])),
    field("external_links", STRING_SET),
    merged("extra_hosts", EXTRA_HOSTS, Merge::ExtraHosts),
    field(
        "gpus",
        Shape::Either(&[Shape::Word(&["all"]), Shape::List(&GPU)]),
    ),
    field("group_add", Shape::Set(TEXT_NUMBER)),
    field("healthcheck", HEALTHCHECK),
    field("hostname", STRING),
    field("image", STRING),
    field("init", CAST_FLAG),
    field("ipc", STRING),
    field("isolation", STRING),
    listed("label_file", Shape::Either(&[STRING, STRINGS]), Unique::No),
    pairs("labels"),
    unique("links", STRING_SET, Unique::Key),
    merged(
        "logging",
        Shape::Object(&[
            field("driver", STRING),
            field(
                "options",
                Shape::Map(&Shape::Scalar(Types {
                    null: true,
                    ..TEXT_NUMBER
                })),
            ),
        ]),
        Merge::Logging,
    ),
    field("mac_address", STRING),
    field("mem_limit", Shape::Scalar(TEXT_NUMBER)),
    field("mem_reservation", Shape::Scalar(TEXT_INTEGER)),
    field("mem_swappiness", Shape::Scalar(TEXT_INTEGER)),
    field("memswap_limit", Shape::Scalar(TEXT_NUMBER)),
    merged(
        "models",
        Shape::Either(&[STRING_SET, Shape::Map(&SERVICE_MODEL)]),
        Merge::Names,
    ),
    field("network_mode", STRING),
    merged(
        "networks",
        Shape::Either(&[STRING_SET, Shape::Map(&SERVICE_NETWORK)]),
        Merge::Names,
    ),
    field("oom_kill_disable", CAST_FLAG),
    field("oom_score_adj", CAST_INTEGER),
    field("pid", Shape::Scalar(Types { null: true, ..TEXT })),
    field("pids_limit", CAST_NUMBER),
    field("platform", STRING),
    unique("ports", Shape::List(&PORT), Unique::Port),
    field("post_start", Shape::List(&HOOK)),
    field("pre_start", Shape::List(&PRE_START_HOOK)),
    field("pre_stop", Shape::List(&HOOK)),
    field("privileged", CAST_FLAG),
    unique("profiles", STRING_SET, Unique::Key),
    field(
        "provider",
        Shape::Object(&[
            needed("type", STRING),
            field(
                "options",
                Shape::Map(&Shape::Either(&[
                    PROVIDER_OPTION,
                    Shape::List(&PROVIDER_OPTION),
                ])),
            ),
        ]),
    ),
    field("pull_policy", STRING),
    field("pull_refresh_after", STRING),
    field("read_only", CAST_FLAG),
    field("restart", STRING),
    field("runtime", STRING),
    field("scale", CAST_INTEGER),
    unique("secrets", FILE_MOUNTS, Unique::File("/run/secrets")),
    field("security_opt", STRING_SET),
    field("shm_size", Shape::Scalar(TEXT_NUMBER)),
    field("stdin_open", CAST_FLAG),
    field("stop_grace_period", STRING),
    field("stop_signal", STRING),
    field("storage_opt", Shape::Map(&Shape::Any)),
    pairs("sysctls"),
    listed("tmpfs", STRING_OR_LIST, Unique::Key),
    field("tty", CAST_FLAG),
    merged("ulimits", ULIMITS, Merge::Ulimits),
    field("use_api_socket", Shape::Scalar(BOOL)),
    field("user", STRING),
    field("userns_mode", STRING),
    field("uts", STRING),
    unique(
        "volumes",
        Shape::List(&Shape::Either(&[STRING, MOUNT])),
        Unique::Mount,
    ),
    field("volumes_from", STRING_SET),
    field("working_dir", STRING),
]);

/// The long form of `build`.
const BUILD: Shape = Shape::Object(&[
    pairs("additional_contexts"),
    pairs("args"),
    field("cache_from", STRINGS),
    field("cache_to", STRINGS),
    field("context", STRING),
    field("dockerfile", STRING),
    field("dockerfile_inline", STRING),
    field("entitlements", STRINGS),
    merged("extra_hosts", EXTRA_HOSTS, Merge::ExtraHosts),
    field("isolation", STRING),
    pairs("labels"),
    field("network", STRING),
    field("no_cache", FLAG),
    field("no_cache_filter", STRING_OR_LIST),
    field("platforms", STRINGS),
    field("privileged", FLAG),
    field("provenance", FLAG),
    field("pull", FLAG),
    field("sbom", FLAG),
    field("secrets", FILE_MOUNTS),
    field("shm_size", Shape::Scalar(TEXT_INTEGER)),
    field("ssh", Shape::Pairs),
    unique("tags", STRINGS, Unique::Key),
    field("target", STRING),
    field("ulimits", ULIMITS),
]);

const BLKIO: Shape = Shape::Object(&[
    field("device_read_bps", Shape::List(&BLKIO_LIMIT)),
    field("device_read_iops", Shape::List(&BLKIO_LIMIT)),
    field("device_write_bps", Shape::List(&BLKIO_LIMIT)),
    field("device_write_iops", Shape::List(&BLKIO_LIMIT)),
    field("weight", Shape::Scalar(TEXT_INTEGER)),
    field(
        "weight_device",
        Shape::List(&Shape::Object(&[
            field("path", STRING),
            field("weight", Shape::Scalar(TEXT_INTEGER)),
        ])),
    ),
]);

const BLKIO_LIMIT: Shape = Shape::Object(&[
    field("path", STRING),
    field("rate", Shape::Scalar(TEXT_INTEGER)),
]);

const DEPENDENCY: Shape = Shape::Object(&[
    needed(
        "condition",
        Shape::Word(&[
            "service_started",
            "service_healthy",
            "service_completed_successfully",
        ]),
    ),
    field("required", Shape::Cast(BOOL, Cast::Bool)),
    field("restart", CAST_FLAG),
]);

const DEVICES: Shape = Shape::List(&Shape::Either(&[
    STRING,
    Shape::Object(&[
        needed("source", STRING),
        field("target", STRING),
        field("permissions", STRING),
    ]),
]));

const DEVICE_REQUEST: Shape = Shape::Object(&[
    needed("capabilities", STRING_SET),
    field("count", Shape::Scalar(TEXT_INTEGER)),
    field("device_ids", STRING_SET),
    field("driver", STRING),
    field("options", Shape::Pairs),
]);

const GPU: Shape = Shape::OpenObject(&[
    field("capabilities", STRING_SET),
    field("count", Shape::Scalar(TEXT_INTEGER)),
    field("device_ids", STRING_SET),
    field("driver", STRING),
    field("options", Shape::Pairs),
]);

const ENV_FILE: Shape = Shape::Either(&[
    STRING,
    Shape::List(&Shape::Either(&[
        STRING,
        Shape::Object(&[
            needed("path", STRING),
            field("format", STRING),
            field("required", FLAG),
        ]),
    ])),
]);

const EXTENDS: Shape = Shape::Object(&[needed("service", STRING), field("file", STRING)]);

const HEALTHCHECK: Shape = Shape::Object(&[
    field("disable", CAST_FLAG),
    field("interval", STRING),
    field("retries", CAST_NUMBER),
    field("start_interval", STRING),
    field("start_period", STRING),
    merged("test", Shape::Either(&[STRING, STRINGS]), Merge::Replace),
    field("timeout", STRING),
]);

const HOOK: Shape = Shape::Object(&[
    needed("command", COMMAND),
    field("environment", Shape::Pairs),
    field("privileged", FLAG),
    field("user", STRING),
    field("working_dir", STRING),
]);

const PRE_START_HOOK: Shape = Shape::Object(&[
    field("command", COMMAND),
    field("environment", Shape::Pairs),
    field("image", STRING),
    field("per_replica", FLAG),
    field("privileged", FLAG),
    field("user", STRING),
    field("working_dir", STRING),
]);

const SERVICE_MODEL: Shape = Shape::Either(&[
    Shape::Scalar(NULL),
    Shape::Object(&[field("endpoint_var", STRING), field("model_var", STRING)]),
]);

const SERVICE_NETWORK: Shape = Shape::Either(&[
    Shape::Scalar(NULL),
    Shape::Object(&[
        unique("aliases", STRING_SET, Unique::Key),
        field("driver_opts", OPTIONS),
        field("gw_priority", Shape::Scalar(NUMBER)),
        field("interface_name", STRING),
        field("ipv4_address", STRING),
        field("ipv6_address", STRING),
        unique("link_local_ips", STRING_SET, Unique::Key),
        field("mac_address", STRING),
        field("priority", Shape::Scalar(NUMBER)),
    ]),
]);

const PORT: Shape = Shape::Either(&[
    Shape::Scalar(TEXT_NUMBER),
    Shape::Object(&[
        field("app_protocol", STRING),
        field("host_ip", STRING),
        field("mode", STRING),
        field("name", STRING),
        field("protocol", STRING),
        field("published", Shape::Scalar(TEXT_INTEGER)),
        field("target", CAST_INTEGER),
    ]),
]);

const MOUNT: Shape = Shape::Object(&[
    field(
        "bind",
        Shape::Object(&[
            field("create_host_path", FLAG),
            field("propagation", STRING),
            field(
                "recursive",
                Shape::Word(&["enabled", "disabled", "writable", "readonly"]),
            ),
            field("selinux", Shape::Word(&["z", "Z"])),
        ]),
    ),
    field("consistency", STRING),
    field("image", Shape::Object(&[field("subpath", STRING)])),
    field("read_only", CAST_FLAG),
    field("source", STRING),
    field("target", STRING),
    field(
        "tmpfs",
        Shape::Object(&[
            field("mode", Shape::Scalar(TEXT_NUMBER)),
            field("size", Shape::Scalar(TEXT_INTEGER)),
        ]),
    ),
    needed(
        "type",
        Shape::Word(&["bind", "volume", "tmpfs", "cluster", "npipe", "image"]),
    ),
    field(
        "volume",
        Shape::Object(&[
            pairs("labels"),
            field("nocopy", CAST_FLAG),
            field("subpath", STRING),
        ]),
    ),
]);

const DEVELOP: Shape = Shape::Either(&[
    Shape::Scalar(NULL),
    Shape::Object(&[field(
        "watch",
        Shape::List(&Shape::Object(&[
            needed(
                "action",
                Shape::Word(&["rebuild", "sync", "restart", "sync+restart", "sync+exec"]),
            ),
            field("exec", HOOK),
            field("ignore", STRING_OR_LIST),
            field("include", STRING_OR_LIST),
            field("initial_sync", Shape::Scalar(BOOL)),
            needed("path", STRING),
            field("target", STRING),
        ])),
    )]),
]);

const UPDATE: Shape = Shape::Object(&[
    field("delay", STRING),
    field("failure_action", STRING),
    field("max_failure_ratio", CAST_FLOAT),
    field("monitor", STRING),
    field("order", Shape::Word(&["start-first", "stop-first"])),
    field("parallelism", CAST_INTEGER),
]);

const DEPLOY: Shape = Shape::Either(&[
    Shape::Scalar(NULL),
    Shape::Object(&[
        field("endpoint_mode", STRING),
        pairs("labels"),
        field("mode", STRING),
        field(
            "placement",
            Shape::Object(&[
                field("constraints", STRINGS),
                field("max_replicas_per_node", CAST_INTEGER),
                field(
                    "preferences",
                    Shape::List(&Shape::Object(&[field("spread", STRING)])),
                ),
            ]),
        ),
        field("replicas", CAST_INTEGER),
        field(
            "resources",
            Shape::Object(&[
                field(
                    "limits",
                    Shape::Object(&[
                        field("cpus", Shape::Scalar(TEXT_NUMBER)),
                        field("memory", STRING),
                        field("pids", Shape::Scalar(TEXT_INTEGER)),
                    ]),
                ),
                field(
                    "reservations",
                    Shape::Object(&[
                        field("cpus", Shape::Scalar(TEXT_NUMBER)),
                        field("devices", Shape::List(&DEVICE_REQUEST)),
                        field(
                            "generic_resources",
                            Shape::List(&Shape::Object(&[field(
                                "discrete_resource_spec",
                                Shape::Object(&[
                                    field("kind", STRING),
                                    field("value", Shape::Scalar(TEXT_NUMBER)),
                                ]),
                            )])),
                        ),
                        field("memory", STRING),
                    ]),
                ),
            ]),
        ),
        field(
            "restart_policy",
            Shape::Object(&[
                field("condition", STRING),
                field("delay", STRING),
                field("max_attempts", CAST_INTEGER),
                field("window", STRING),
            ]),
        ),
        field("rollback_config", UPDATE),
        field("update_config", UPDATE),
    ]),
]);

const MODEL: Shape = Shape::Object(&[
    field("context_size", Shape::Scalar(INTEGER)),
    needed("model", STRING),
    field("name", STRING),
    field("runtime_flags", STRINGS),
]);

const NETWORK: Shape = Shape::Either(&[
    Shape::Scalar(NULL),
    Shape::Object(&[
        field("attachable", CAST_FLAG),
        field("driver", STRING),
        field("driver_opts", OPTIONS),
        field("enable_ipv4", CAST_FLAG),
        field("enable_ipv6", CAST_FLAG),
        field("external", EXTERNAL),
        field("internal", CAST_FLAG),
        field(
            "ipam",
            Shape::Object(&[
                merged(
                    "config",
                    Shape::List(&Shape::Object(&[
                        field("aux_addresses", Shape::Map(&STRING)),
                        field("gateway", STRING),
                        field("ip_range", STRING),
                        field("subnet", STRING),
                    ])),
                    Merge::Ipam,
                ),
                field("driver", STRING),
                field("options", Shape::Map(&STRING)),
            ]),
        ),
        pairs("labels"),
        field("name", STRING),
    ]),
]);

const VOLUME: Shape = Shape::Either(&[
    Shape::Scalar(NULL),
    Shape::Object(&[
        field("driver", STRING),
        field("driver_opts", OPTIONS),
        field("external", EXTERNAL),
        merged("labels", Shape::Pairs, Merge::Pairs),
        field("name", STRING),
    ]),
]);

const SECRET: Shape = Shape::Object(&[
    field("driver", STRING),
    field("driver_opts", OPTIONS),
    field("environment", STRING),
    field("external", OPEN_EXTERNAL),
    field("file", STRING),
    field("labels", Shape::Pairs),
    field("name", STRING),
    field("template_driver", STRING),
]);

const CONFIG: Shape = Shape::Object(&[
    field("content", STRING),
    field("environment", STRING),
    field("external", OPEN_EXTERNAL),
    field("file", STRING),
    field("labels", Shape::Pairs),
    field("name", STRING),
    field("template_driver", STRING),
]);
