//! Any text is an ignore file; each of its lines is a path as well.
#![no_main]

use dockwright_syntax::ignore;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &str| {
    let file = ignore::parse(source);
    for pattern in &file.patterns {
        assert!(source.get(pattern.span.range()).is_some());
    }
    for path in source.lines().take(8) {
        let matched = file.matched(path);
        assert_eq!(matched.excluded, file.excludes(path));
        if let Some((directory, _)) = path.rsplit_once('/')
            && file.excludes(directory)
            && !file.may_include_below(directory)
        {
            assert!(matched.excluded, "{path:?} is included below {directory:?}");
        }
    }
});
