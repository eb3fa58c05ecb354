target "numbers" {
  args = {
    absolute = absolute(-3)
    add      = add(1, "2")
    ceil     = ceil(1.2)
    divide   = divide(9, 2)
    floor    = floor(1.8)
    int      = int(3.9)
    log      = log(8, 2)
    max      = max(1, 5, 3)
    min      = min(4, 2)
    modulo   = modulo(9, 4)
    multiply = multiply(3, 4)
    negate   = negate(2)
    parseint = parseint("ff", 16)
    pow      = pow(2, 10)
    signum   = signum(-9)
    subtract = subtract(5, 7)
    compare  = and(greaterthan(2, 1), lessthan(1, 2))
    or_equal = or(greaterthanorequalto(1, 2), lessthanorequalto(2, 2))
    not      = not(equal(1, 2))
    notequal = notequal("a", "b")
  }
}
target "networks" {
  args = {
    host        = cidrhost("10.12.113.7/20", 268)
    host_last   = cidrhost("10.12.112.0/20", -1)
    host_first  = cidrhost("10.12.112.0/20", -4096)
    host_ipv6   = cidrhost("fd00:fd12:3456:7890:00a2::/72", 34)
    host_any    = cidrhost("0.0.0.0/0", "1000")
    too_high    = try(cidrhost("10.12.112.0/20", 4096), "refused")
    no_prefix   = try(cidrhost("10.1.1.1", 5), "refused")
    zeros       = cidrhost("10.1.1.1/08", 5)
    mask        = cidrnetmask("172.16.0.0/12")
    mask_ipv6   = cidrnetmask("fd00::/16")
    subnet      = cidrsubnet("172.16.0.0/12", 4, 2)
    subnet_same = cidrsubnet("10.1.2.0/24", 0, 0)
    subnet_ipv6 = cidrsubnet("fd00::/56", 32, 4294967295)
    subnet_none = try(cidrsubnet("10.1.2.0/24", 4, 16), "refused")
    subnet_long = try(cidrsubnet("10.1.2.0/24", 9, 0), "refused")
    subnets     = join(" ", cidrsubnets("10.1.3.4/16", 4, 4, 8, 4))
    subnets_v6  = join(" ", cidrsubnets("fd00:fd12:3456:7890::/56", 16, 16, 16, 32))
    subnets_all = join(" ", cidrsubnets("255.255.0.0/16", 8, 1))
    none        = length(cidrsubnets("10.1.0.0/16"))
    no_room     = try(cidrsubnets("10.1.0.0/16", 8, 1, 8), "refused")
    no_bits     = try(cidrsubnets("10.1.0.0/16", 0), "refused")
    many_bits   = try(cidrsubnets("fd00::/16", 33), "refused")
  }
}
target "texts" {
  args = {
    base64     = base64encode("hello world")
    back       = base64decode("aGVsbG8=")
    basename   = basename("/a/b.txt")
    dirname    = dirname("/a/./b/../c.txt")
    chomp      = chomp("a\n\n")
    indent     = indent(2, "a\nb")
    join       = join("-", ["a", "b"], ["c"])
    lower      = lower("ABC")
    upper      = upper("abc")
    replace    = replace("1.2.3", ".", "-")
    regex_rep  = regex_replace("a1b22", "[0-9]+", "<$0>")
    regex      = regex("[a-z]+", "12abc34")
    groups     = regex("([a-z]+)([0-9]+)", "abc12")[1]
    named      = regex("(?P<name>[a-z]+)", "12abc").name
    regexall   = join(",", regexall("[0-9]", "a1b2"))
    reverse    = reverse("abc")
    sanitize   = sanitize("a/b:c.d")
    split      = join("|", split(",", "a,b,c"))
    strlen     = strlen("été")
    substr     = substr("hello", 1, 3)
    substr_end = substr("hello", -3, -1)
    title      = title("hello big world")
    trim       = trim("--a--", "-")
    trimprefix = trimprefix("v1.2", "v")
    trimspace  = trimspace("  a ")
    trimsuffix = trimsuffix("a.git", ".git")
    urlencode  = urlencode("a b/c?d=é")
    format     = format("%s-%03d-%.2f-%t-%q-%v-%5s|%-5s|%x", "a", 7, 1.5, true, "q", [1], "r", "l", 255)
    formatlist = join(",", formatlist("%s:%s", ["a", "b"], "x"))
    json       = jsonencode({ a = [1, "x<y", null, true] })
    decoded    = jsondecode("{\"a\": {\"b\": [5]}}").a.b[0]
  }
}
target "collections" {
  args = {
    chunklist    = jsonencode(chunklist(["a", "b", "c"], 2))
    coalesce     = coalesce(null, "x", "y")
    coalescelist = jsonencode(coalescelist([], ["a"]))
    compact      = jsonencode(compact(["a", "", "b"]))
    concat       = jsonencode(concat(["a"], ["b", "c"]))
    contains     = contains(["a", "b"], "b")
    csvdecode    = csvdecode("a,b\n1,2\n3,4")[1].b
    distinct     = jsonencode(distinct(["a", "b", "a"]))
    element      = element(["a", "b", "c"], 4)
    flatten      = jsonencode(flatten([["a"], [["b"], "c"]]))
    hasindex     = hasindex(["a"], 1)
    index        = index(["a", "b"], 1)
    indexof      = indexof(["a", "b"], "b")
    keys         = jsonencode(keys({ b = 1, a = 2 }))
    length       = length(["a", "b"])
    lookup       = lookup({ a = "1" }, "b", "none")
    merge        = jsonencode(merge({ a = 1, b = 2 }, { b = 3 }))
    range        = jsonencode(range(3))
    range_step   = jsonencode(range(1, 10, 4))
    reverselist  = jsonencode(reverselist(["a", "b"]))
    sethas       = sethaselement(["a", "b"], "a")
    intersection = jsonencode(setintersection(["a", "b"], ["b", "c"]))
    product      = jsonencode(setproduct(["a", "b"], ["x", "y"]))
    subtract     = jsonencode(setsubtract(["a", "b"], ["b"]))
    symmetric    = jsonencode(setsymmetricdifference(["a", "b"], ["b", "c"]))
    union        = jsonencode(setunion(["b", "a"], ["c"]))
    slice        = jsonencode(slice(["a", "b", "c"], 1, 3))
    sort         = jsonencode(sort(["c", "a", "b"]))
    values       = jsonencode(values({ b = 1, a = 2 }))
    zipmap       = jsonencode(zipmap(["a", "b"], [1, 2]))
    try          = try(missing_index([])[0], "fallback")
    can          = can(["a"][3])
    convert      = jsonencode(convert(["1", "2"], list(number)))
    spread       = max([3, 9, 4]...)
  }
}
function "missing_index" {
  params = [list]
  result = list
}
target "times" {
  args = {
    now        = timestamp()
    formatdate = formatdate("YYYY-MM-DD'T'hh:mm:ss EEE MMM D h H AA", "2024-02-09T15:04:05Z")
    timeadd    = timeadd("2024-02-28T23:00:00Z", "1h30m")
  }
}
target "hashes" {
  args = {
    md5    = md5("hello")
    sha1   = sha1("hello")
    sha256 = sha256("hello")
    sha512 = sha512("hello")
    long   = sha256(join("", formatlist("%04d", range(200))))
    longer = sha512(join("", formatlist("%04d", range(200))))
  }
}
