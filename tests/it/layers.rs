//! Modules import only from lower layers, so imports form no cycle.

use std::{fs, path::Path};

/// From the bottom up: a module may import only from modules earlier in this list.
const LAYERS: [&str; 24] = [
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
    "trigger",
    "schedule",
    "job",
    "queue",
    "executor",
    "scheduler",
    "handle",
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

/// The top-level modules that a source refers to, in imports or in code. Comments and docs may refer to any module.
fn names(source: &str) -> Vec<String> {
    let code: String =
        source.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut names = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
        match rest.strip_prefix('{') {
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
fn the_check_reads_single_imports_and_groups() {
    let source = "use crate::queue::Queue;\n//! use crate::global;\nuse crate::{\n    clock::{nanos_of, Reading},\n    job::Record,\n};";
    assert_eq!(names(source), ["queue", "clock", "job"]);
}
