//! The modules import one another in one direction, and `docs/architecture.md` is a true map of them.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// From the bottom up: a module may import only from modules earlier in this list.
const LAYERS: [&str; 29] = [
    "text",
    "log_line",
    "unwind",
    "error",
    "outcome",
    "timestamp",
    "wake",
    "clock",
    "zone",
    "id",
    "run",
    "event",
    "explanation",
    "observe",
    "command",
    "trigger",
    "schedule",
    "job",
    "queue",
    "executor",
    "store",
    "scheduler",
    "handle",
    "preview",
    "every",
    "driver",
    "declaration",
    "global",
    "lib",
];

fn layer(module: &str) -> usize {
    let found = LAYERS.iter().position(|layer| *layer == module);
    found.unwrap_or_else(|| panic!("src/{module} has no layer: give it one in LAYERS"))
}

/// Collects every source file below `path`, with the top-level module that it belongs to.
fn sources(path: &Path, module: Option<&str>, all: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(path).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let module = module.unwrap_or(&stem);
        if path.is_dir() {
            sources(&path, Some(module), all);
        } else {
            all.push((module.to_owned(), fs::read_to_string(&path).unwrap()));
        }
    }
}

/// The top-level modules that a source refers to, in imports or in code. Comments and docs may refer to any module, and
/// a macro that the crate exports belongs to none.
fn names(source: &str) -> Vec<String> {
    let code: String =
        source.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut names = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
        match rest.strip_prefix('{') {
            None if rest[word(rest).len()..].starts_with('!') => {}
            None => names.push(word(rest)),
            Some(group) => {
                let mut depth = 0;
                let mut item = true;
                for (place, letter) in group.char_indices() {
                    match letter {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => item = true,
                        letter if item && letter.is_alphabetic() => {
                            names.push(word(&group[place..]));
                            item = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    names
}

#[test]
fn modules_import_only_from_lower_layers() {
    let mut all = Vec::new();
    sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), None, &mut all);
    assert!(all.len() > 30, "only {} files were found", all.len());
    let mut imports = 0;
    for (module, source) in &all {
        for name in names(source) {
            assert!(name == *module || layer(&name) < layer(module), "src/{module} imports crate::{name}");
            imports += usize::from(name != *module);
        }
    }
    assert!(imports > 50, "only {imports} imports were found");
}

#[test]
fn the_attribute_reads_text_with_the_source_of_the_crate() {
    let links = root().join("macros/src/core");
    let mut linked = Vec::new();
    for entry in fs::read_dir(links).unwrap().map(Result::unwrap) {
        assert_eq!(entry.path().canonicalize().unwrap(), root().join("src").join(entry.file_name()));
        linked.push(entry.path().file_stem().unwrap().to_str().unwrap().to_owned());
    }
    linked.sort();
    let parts = ["error", "log_line", "schedule", "text", "timestamp", "trigger", "unwind", "zone"];
    assert_eq!(linked, parts);
}

#[test]
fn the_check_reads_single_imports_and_groups() {
    let source = "use crate::queue::Queue;\n//! use crate::global;\nuse crate::{\n    clock::{nanos_of, Reading},\n    job::Record,\n};";
    assert_eq!(names(source), ["queue", "clock", "job"]);
    assert!(names("$crate::store_contract!(factory);").is_empty());
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn map() -> String {
    fs::read_to_string(root().join("docs/architecture.md")).unwrap()
}

/// The texts between backticks, outside blocks of code.
fn code_spans(page: &str) -> Vec<&str> {
    let mut is_block = false;
    let prose = page.lines().filter(|line| {
        let is_fence = line.starts_with("```");
        is_block ^= is_fence;
        !is_block && !is_fence
    });
    prose.flat_map(|line| line.split('`').skip(1).step_by(2)).collect()
}

/// The names in the rows of the table of files, in their order. Each row is numbered.
fn rows(page: &str) -> Vec<String> {
    let mut rows = Vec::new();
    for line in page.lines() {
        let mut cells = line.split('|').map(str::trim).skip(1);
        let Some((number, name)) = cells.next().and_then(|cell| cell.parse::<usize>().ok()).zip(cells.next()) else {
            continue;
        };
        assert_eq!(number, rows.len() + 1, "{line}");
        rows.push(name.trim_matches('`').to_owned());
    }
    rows
}

/// The file of a path as the map writes it: below `src`, or from the root of the repository.
fn file(path: &str) -> Option<PathBuf> {
    [root().join("src").join(path), root().join(path)].into_iter().find(|file| file.exists())
}

/// What is wrong with a code span of the map that names a file or a function of a file.
fn mistake(span: &str) -> Option<String> {
    let (path, function) = span.split_once("::").unwrap_or((span, ""));
    let is_path = path.ends_with(".rs") || path.ends_with(".md") || path.ends_with('/');
    if !is_path || path.contains(' ') {
        return None;
    }
    let Some(file) = file(path) else { return Some(format!("`{span}`: there is no {path}")) };
    if function.is_empty() {
        return None;
    }
    let source = fs::read_to_string(file).unwrap();
    let definition = format!("fn {function}");
    let is_defined = source.split(&definition).skip(1).any(|rest| rest.starts_with(['(', '<']));
    (!is_defined).then(|| format!("`{span}`: {path} has no function {function}"))
}

#[test]
fn the_map_lists_every_file_with_its_layer() {
    let mut named = rows(&map());
    let expected: Vec<String> = LAYERS
        .iter()
        .map(|layer| {
            let folder = format!("{layer}/");
            if root().join("src").join(&folder).is_dir() {
                folder
            } else {
                format!("{layer}.rs")
            }
        })
        .collect();
    assert_eq!(named, expected);
    let entries = fs::read_dir(root().join("src")).unwrap().map(Result::unwrap);
    let mut found: Vec<String> = entries
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            if entry.path().is_dir() {
                format!("{name}/")
            } else {
                name
            }
        })
        .collect();
    named.sort();
    found.sort();
    assert_eq!(named, found);
}

#[test]
fn the_map_names_nothing_that_does_not_exist() {
    let page = map();
    let spans = code_spans(&page);
    assert!(spans.len() > 150, "only {} code spans were found", spans.len());
    let mistakes: Vec<String> = spans.into_iter().filter_map(mistake).collect();
    assert!(mistakes.is_empty(), "{mistakes:#?}");
}

#[test]
fn the_check_of_the_map_finds_what_is_wrong() {
    assert_eq!(code_spans("`a` and `b::c`\n```text\n`d`\n```\n`e`"), ["a", "b::c", "e"]);
    assert_eq!(rows("| layer | name |\n| ---: | --- |\n| 1 | `a.rs` | text |\n| 2 | `b/` | text |"), ["a.rs", "b/"]);
    for right in ["queue.rs", "queue.rs::take_due", "job/", "tests/it/layers.rs", "Cursor::ahead", "hour().at(\":30\")"]
    {
        assert_eq!(mistake(right), None);
    }
    for wrong in ["queues.rs", "queue.rs::take", "jobs/", "tests/it/layer.rs", "job/queue.rs::put"] {
        assert!(mistake(wrong).is_some(), "{wrong}");
    }
}
