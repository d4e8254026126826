//! Writes measurements into the README of this package.

use std::{fs, io, path::PathBuf};

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Replaces the text between `<!-- name:start -->` and `<!-- name:end -->`.
pub(crate) fn write(name: &str, text: &str) -> io::Result<()> {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"));
    let readme = fs::read_to_string(&path)?;
    let replaced = replaced(&readme, name, text)
        .ok_or_else(|| io::Error::other(format!("{} has no markers named {name}", path.display())))?;
    fs::write(path, replaced)
}

fn replaced(readme: &str, name: &str, text: &str) -> Option<String> {
    let (start, end) = (format!("<!-- {name}:start -->"), format!("<!-- {name}:end -->"));
    let (before, rest) = readme.split_once(&start)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{start}\n{}\n{end}{after}", text.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::replaced;

    #[test]
    fn only_the_text_between_the_markers_changes() {
        let readme = "a\n<!-- speed:start -->\nold\n<!-- speed:end -->\nb";
        let new = "a\n<!-- speed:start -->\nnew\n<!-- speed:end -->\nb";
        assert_eq!(replaced(readme, "speed", "new\n").as_deref(), Some(new));
        assert_eq!(replaced(new, "speed", "new").as_deref(), Some(new));
        assert_eq!(replaced(readme, "size", "new"), None);
    }
}
