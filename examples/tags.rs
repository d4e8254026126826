//! Groups of jobs by tag. Mirrors "Get several jobs, filtered by tags" and "Cancel several jobs, filtered by tags" of
//! Python's `schedule`: `.tag('daily-tasks', 'friend')`, `schedule.get_jobs('friend')` and
//! `schedule.clear('daily-tasks')`.
#![allow(clippy::print_stdout)]

use punctual::chrono::Local;
use punctual::{clear_tagged, every, jobs, jobs_tagged, next_run_tagged};

fn greet(name: &str) {
    println!("Hello {name}");
}

fn main() -> punctual::Result<()> {
    every().day().tags(["daily-tasks", "friend"]).named("Andrea").run(|| greet("Andrea"))?;
    every().hour().tags(["hourly-tasks", "friend"]).named("John").run(|| greet("John"))?;
    every().hour().tags(["hourly-tasks", "customer"]).named("Monica").run(|| greet("Monica"))?;
    let derek = every().day().named("Derek").run(|| greet("Derek"))?;

    // Tags can be added later.
    derek.tag("daily-tasks")?;
    derek.tag("guest")?;

    println!("friends:");
    for friend in jobs_tagged("friend") {
        println!("  {friend}");
        friend.run_now();
    }
    for tag in ["friend", "customer", "enemy"] {
        let next = next_run_tagged(tag).map(|next| next.with_timezone(&Local).format("%F %T").to_string());
        println!("next for tag {tag}: {next:?}");
    }

    println!("{} daily tasks cleared, left:", clear_tagged("daily-tasks"));
    jobs().iter().for_each(|job| println!("  {job}"));
    Ok(())
}
