//! Jobs that a dependency declares are registered, even if nothing else in it is used.

use punctual_test_dependency as _;

#[punctual::repeat(every().day())]
fn wake_up() {}

#[test]
fn jobs_declared_in_a_dependency_are_registered() {
    let jobs = punctual::jobs();
    let names: Vec<String> = jobs.iter().map(punctual::Job::name).collect();
    assert_eq!(names, ["dependency::wake_up", "punctual_test_dependency::tower::belfry::chime"]);
}
