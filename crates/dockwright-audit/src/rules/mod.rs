//! Every rule, one file each.

use crate::rule::Rule;

/// Registers rules: a family, then `file::Type` for each rule in its folder.
macro_rules! registry {
    ($($family:ident { $($file:ident :: $rule:ident,)* })+) => {
        $(mod $family { $(pub(super) mod $file;)* })+

        /// Every rule there is.
        pub(crate) static RULES: &[&dyn Rule] = &[$($(&$family::$file::$rule,)*)+];
    };
}

registry! {
    graph {
        alias_image::AliasImage,
        ambiguous_build_files::AmbiguousBuildFiles,
        bake_drift::BakeDrift,
        dangling_path::DanglingPath,
        dangling_profile::DanglingProfile,
        dangling_service::DanglingService,
        dangling_target::DanglingTarget,
        dependency_cycle::DependencyCycle,
        duplicate_directory::DuplicateDirectory,
        duplicate_producer::DuplicateProducer,
        inconsistent_base_reference::InconsistentBaseReference,
        invalid_image_reference::InvalidImageReference,
        misplaced_base::MisplacedBase,
        stale_image_name::StaleImageName,
        tag_skew::TagSkew,
        unbuilt_image::UnbuiltImage,
        undeclared_base_build::UndeclaredBaseBuild,
        undocumented_directory::UndocumentedDirectory,
        unparseable_file::UnparseableFile,
        unreferenced_script::UnreferencedScript,
        unused_image::UnusedImage,
    }
    cache {
        cache_busting_arg::CacheBustingArg,
        cache_mount_owner::CacheMountOwner,
        hard_coded_architecture::HardCodedArchitecture,
        missing_cache_mount::MissingCacheMount,
        source_before_dependencies::SourceBeforeDependencies,
        volatile_before_stable::VolatileBeforeStable,
    }
    commands {
        entrypoint_argument_mismatch::EntrypointArgumentMismatch,
        legacy_builder_api::LegacyBuilderApi,
        legacy_compose::LegacyCompose,
        legacy_docker_build::LegacyDockerBuild,
        noop_compose_command::NoopComposeCommand,
        unpinned_action::UnpinnedAction,
    }
    compose {
        ambiguous_image_source::AmbiguousImageSource,
        dependency_without_healthcheck::DependencyWithoutHealthcheck,
        duplicate_container_name::DuplicateContainerName,
        duplicate_published_port::DuplicatePublishedPort,
        host_namespace::HostNamespace,
        inconsistent_mount::InconsistentMount,
        ineffective_override::IneffectiveOverride,
        invalid_container_name::InvalidContainerName,
        invalid_mount::InvalidMount,
        mount_shadows_image_path::MountShadowsImagePath,
        mounted_engine_socket::MountedEngineSocket,
        obsolete_version::ObsoleteVersion,
        privileged_service::PrivilegedService,
        quoted_volume::QuotedVolume,
        restarting_one_shot::RestartingOneShot,
        secret_in_environment::SecretInEnvironment,
        unbound_port::UnboundPort,
        unnamed_project::UnnamedProject,
        unordered_service_keys::UnorderedServiceKeys,
        unordered_top_level_keys::UnorderedTopLevelKeys,
        unpinned_service_image::UnpinnedServiceImage,
        unquoted_port::UnquotedPort,
        unsorted_dependencies::UnsortedDependencies,
        unsorted_ports::UnsortedPorts,
        unsorted_services::UnsortedServices,
        unused_resource::UnusedResource,
        vacuous_healthcheck::VacuousHealthcheck,
        volume_name_mismatch::VolumeNameMismatch,
    }
    policy {
        false_claim::FalseClaim,
    }
    arguments {
        arg_out_of_scope::ArgOutOfScope,
        conflicting_variable_meaning::ConflictingVariableMeaning,
        unconsumed_build_arg::UnconsumedBuildArg,
        unforwarded_variable::UnforwardedVariable,
        unread_variable::UnreadVariable,
    }
    context {
        copy_source_ignored::CopySourceIgnored,
        copy_source_missing::CopySourceMissing,
        dead_dockerignore::DeadDockerignore,
        ineffective_ignore_pattern::IneffectiveIgnorePattern,
        missing_dockerignore::MissingDockerignore,
        oversized_context::OversizedContext,
        secret_in_context::SecretInContext,
    }
    duplication {
        duplicate_function::DuplicateFunction,
        duplicate_service::DuplicateService,
        duplicate_stage::DuplicateStage,
        redundant_env::RedundantEnv,
        redundant_label::RedundantLabel,
        redundant_package::RedundantPackage,
        repeated_documentation::RepeatedDocumentation,
        repeated_instructions::RepeatedInstructions,
        scattered_documentation::ScatteredDocumentation,
        shadowed_function::ShadowedFunction,
    }
    content {
        build_tools_in_final_stage::BuildToolsInFinalStage,
        duplicated_layer_bytes::DuplicatedLayerBytes,
        root_at_run_time::RootAtRunTime,
        secret_in_image::SecretInImage,
        single_stage_build::SingleStageBuild,
        source_in_final_stage::SourceInFinalStage,
        unpinned_download::UnpinnedDownload,
        unused_user::UnusedUser,
    }
    dockerfile {
        cd_in_run::CdInRun,
        consecutive_runs::ConsecutiveRuns,
        constant_platform::ConstantPlatform,
        copied_archive::CopiedArchive,
        copied_file_system::CopiedFileSystem,
        copy_from_empty_stage::CopyFromEmptyStage,
        copy_from_image::CopyFromImage,
        deprecated_maintainer::DeprecatedMaintainer,
        dropped_groups::DroppedGroups,
        duplicate_stage_name::DuplicateStageName,
        empty_continuation_line::EmptyContinuationLine,
        env_of_same_instruction::EnvOfSameInstruction,
        host_port_in_expose::HostPortInExpose,
        inconsistent_keyword_casing::InconsistentKeywordCasing,
        ineffective_directive::IneffectiveDirective,
        inline_ignore::InlineIgnore,
        invalid_default_base::InvalidDefaultBase,
        invalid_label_key::InvalidLabelKey,
        label_mismatch::LabelMismatch,
        legacy_key_value::LegacyKeyValue,
        linked_shell::LinkedShell,
        mismatched_as_casing::MismatchedAsCasing,
        mismatched_base_platform::MismatchedBasePlatform,
        mismatched_description::MismatchedDescription,
        missing_healthcheck::MissingHealthcheck,
        named_user::NamedUser,
        needless_add::NeedlessAdd,
        overridden_instruction::OverriddenInstruction,
        pipe_without_pipefail::PipeWithoutPipefail,
        pointless_command::PointlessCommand,
        redundant_target_platform::RedundantTargetPlatform,
        refused_instruction::RefusedInstruction,
        relative_copy_destination::RelativeCopyDestination,
        relative_workdir::RelativeWorkdir,
        reserved_stage_name::ReservedStageName,
        root_user::RootUser,
        run_without_shell::RunWithoutShell,
        secret_in_variable::SecretInVariable,
        several_sources_to_file::SeveralSourcesToFile,
        shell_form_command::ShellFormCommand,
        sparse_user_log::SparseUserLog,
        sudo_in_run::SudoInRun,
        untrusted_registry::UntrustedRegistry,
        ungraceful_stop_signal::UngracefulStopSignal,
        unfollowed_redirect::UnfollowedRedirect,
        unversioned_base::UnversionedBase,
        uppercase_port_protocol::UppercasePortProtocol,
        uppercase_stage_name::UppercaseStageName,
        user_without_passwd::UserWithoutPasswd,
        wget_and_curl::WgetAndCurl,
        wget_progress::WgetProgress,
        world_writable_path::WorldWritablePath,
    }
    packages {
        interactive_installation::InteractiveInstallation,
        leftover_package_cache::LeftoverPackageCache,
        recommended_packages::RecommendedPackages,
        system_upgrade::SystemUpgrade,
        unpinned_package::UnpinnedPackage,
        unstable_apt_interface::UnstableAptInterface,
    }
    shell {
        shell_mistake::ShellMistake,
    }
}
