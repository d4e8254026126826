//! A crate with strict lints and without imports.

#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, unused_qualifications)]

#[punctual::repeat(every().second())]
fn work() {}

/// Documented, public, and with a result that must be used.
///
/// # Errors
///
/// Always.
#[punctual::repeat(every().day().at("10:30"), "World", 1,)]
#[punctual::repeat(after(std::time::Duration::from_secs(60)), "Mars", 2)]
#[must_use]
pub fn greet(name: &str, _n: u8) -> Result<(), String> {
    Err(name.to_owned())
}

mod inner {
    #[punctual::repeat(once("2999-12-31").tag("far away"))]
    pub(super) const fn far() -> punctual::CancelJob {
        punctual::CancelJob
    }
}

fn main() {
    work();
    assert_eq!(greet("you", 3), Err("you".to_owned()));
    assert_eq!(inner::far(), punctual::CancelJob);
    assert_eq!(punctual::jobs().len(), 4);
    assert_eq!(punctual::run_all(), 4);
    assert_eq!(punctual::jobs_tagged("far away"), []);
}
