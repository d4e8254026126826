//! What the crate brings along: under which licences, and nothing twice.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
};

use serde_json::{json, Value};

/// The licences that ask for no more than to be named.
const ALLOWED: [&str; 3] = ["MIT", "Apache-2.0", "Unicode-3.0"];

/// All packages of the lock file, of every platform and feature. What is not on the machine yet is fetched.
fn metadata() -> Value {
    let mut cargo = Command::new(env!("CARGO"));
    let arguments = ["metadata", "--locked", "--all-features", "--format-version", "1"];
    let output = cargo.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn list<'a>(of: &'a Value, what: &str) -> impl Iterator<Item = &'a Value> {
    of[what].as_array().into_iter().flatten()
}

fn text<'a>(of: &'a Value, what: &str) -> &'a str {
    of[what].as_str().unwrap_or_default()
}

/// Whether one may take the package under allowed licences alone.
fn is_allowed(licence: &str) -> bool {
    let spaced = licence.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    let allowed = any_of(&mut words);
    allowed && words.next().is_none()
}

type Words<'a, 'b> = &'a mut std::iter::Peekable<std::str::SplitWhitespace<'b>>;

fn any_of(words: Words<'_, '_>) -> bool {
    let mut allowed = all_of(words);
    while words.next_if_eq(&"OR").is_some() {
        allowed |= all_of(words);
    }
    allowed
}

fn all_of(words: Words<'_, '_>) -> bool {
    let mut allowed = one(words);
    while words.next_if_eq(&"AND").is_some() {
        allowed &= one(words);
    }
    allowed
}

fn one(words: Words<'_, '_>) -> bool {
    if words.next_if_eq(&"(").is_some() {
        let allowed = any_of(words);
        return words.next_if_eq(&")").is_some() && allowed;
    }
    words.next().is_some_and(|licence| ALLOWED.contains(&licence))
}

fn licences(metadata: &Value) -> Vec<String> {
    let packages = list(metadata, "packages").filter(|package| !is_allowed(text(package, "license")));
    packages.map(|package| format!("{}: {}", text(package, "name"), package["license"])).collect()
}

/// The packages that become part of a program, on any platform: not what only runs while it is built.
fn linked<'a>(metadata: &'a Value, root: &str) -> BTreeSet<&'a str> {
    let is_macro =
        |package: &Value| list(package, "targets").any(|target| list(target, "kind").any(|k| k == "proc-macro"));
    let packages = list(metadata, "packages");
    let macros: BTreeSet<&str> =
        packages.filter(|package| is_macro(package)).map(|macros| text(macros, "id")).collect();
    let nodes: BTreeMap<&str, &Value> =
        list(&metadata["resolve"], "nodes").map(|node| (text(node, "id"), node)).collect();
    let named = |package: &&Value| text(package, "name") == root;
    let mut open: Vec<&str> = list(metadata, "packages").filter(named).map(|package| text(package, "id")).collect();
    let mut linked = BTreeSet::new();
    while let Some(id) = open.pop() {
        if !macros.contains(id) && linked.insert(id) {
            let is_normal = |needed: &&Value| list(needed, "dep_kinds").any(|kind| kind["kind"].is_null());
            open.extend(list(nodes[id], "deps").filter(is_normal).map(|needed| text(needed, "pkg")));
        }
    }
    linked
}

fn twice(metadata: &Value, root: &str) -> Vec<String> {
    let linked = linked(metadata, root);
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in list(metadata, "packages").filter(|package| linked.contains(text(package, "id"))) {
        versions.entry(text(package, "name")).or_default().push(text(package, "version"));
    }
    let twice = versions.into_iter().filter(|(_, versions)| versions.len() > 1);
    twice.map(|(name, versions)| format!("{name}: {}", versions.join(", "))).collect()
}

#[test]
fn every_package_is_under_a_licence_that_is_allowed_and_none_is_linked_twice() {
    let metadata = metadata();
    let linked = linked(&metadata, "punctual");
    assert!(linked.len() > 10, "only {} packages were found", linked.len());
    assert_eq!((licences(&metadata), twice(&metadata, "punctual")), (vec![], vec![]));
}

#[test]
fn what_is_published_forbids_unsafe_code() {
    let metadata = metadata();
    let manifest = |path: &Path| fs::read_to_string(path).unwrap();
    let root = manifest(&Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml"));
    assert!(root.contains("[workspace.lints.rust]") && root.contains("\nunsafe_code = \"forbid\"\n"));
    let ours =
        list(&metadata, "packages").filter(|package| package["source"].is_null() && package["publish"].is_null());
    let ours: Vec<&str> = ours.map(|package| text(package, "manifest_path")).collect();
    assert_eq!(ours.len(), 2, "the crate and its macros: {ours:?}");
    assert!(ours.iter().all(|path| manifest(Path::new(path)).contains("\n[lints]\nworkspace = true\n")), "{ours:?}");
}

#[test]
fn a_licence_is_read_as_it_is_written() {
    for licence in
        ["MIT", "MIT OR Apache-2.0", "Apache-2.0/MIT", "Unlicense OR MIT", "(MIT OR GPL-3.0) AND Unicode-3.0"]
    {
        assert!(is_allowed(licence), "{licence}");
    }
    let refused = ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR Apache-2.0) AND MPL-2.0", "(MIT", "MIT Apache-2.0"];
    for licence in refused {
        assert!(!is_allowed(licence), "{licence}");
    }
}

#[test]
fn a_package_that_is_linked_twice_or_not_allowed_is_found() {
    let package = |id: &str, name: &str, version: &str, licence: &str, kind: &str| {
        let targets = json!([{ "kind": [kind] }]);
        json!({ "id": id, "name": name, "version": version, "license": licence, "targets": targets })
    };
    let needs = |id: &str, needed: &[(&str, Value)]| {
        let needed = needed.iter().map(|(id, kind)| json!({ "pkg": id, "dep_kinds": [{ "kind": kind }] }));
        json!({ "id": id, "deps": needed.collect::<Vec<_>>() })
    };
    let packages = [
        package("root", "root", "1.0.0", "MIT", "lib"),
        package("a1", "a", "1.0.0", "MIT", "lib"),
        package("a2", "a", "2.0.0", "GPL-3.0", "lib"),
        package("b1", "b", "1.0.0", "MIT", "lib"),
        package("b2", "b", "2.0.0", "MIT", "lib"),
        package("m", "m", "1.0.0", "MIT", "proc-macro"),
        package("t", "t", "1.0.0", "MIT", "lib"),
    ];
    let nodes = [
        needs("root", &[("b1", json!(null)), ("m", json!(null)), ("t", json!("dev")), ("a1", json!(null))]),
        needs("m", &[("b2", json!(null))]),
        needs("t", &[("b2", json!(null))]),
        needs("b1", &[("a2", json!(null))]),
    ];
    let leaves = ["a1", "a2", "b2"].map(|leaf| needs(leaf, &[]));
    let all = [&nodes[..], &leaves].concat();
    let metadata = json!({ "packages": packages, "resolve": { "nodes": all } });
    assert_eq!(twice(&metadata, "root"), ["a: 1.0.0, 2.0.0"], "what macros and tests need is not linked");
    assert_eq!(licences(&metadata), [r#"a: "GPL-3.0""#]);
}
