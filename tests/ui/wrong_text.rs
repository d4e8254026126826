//! Text that is not a schedule: the error is that of `"…".parse::<Schedule>()`.

#[punctual::repeat("every weekday at 25:00")]
fn wrong_time() {}

#[punctual::repeat("every wekday at 9:00")]
fn unknown_word() {}

#[punctual::repeat("30 9 * * 1-8")]
fn wrong_cron_field() {}

#[punctual::repeat("every weekday at 9:00 sharp")]
fn trailing_words() {}

#[punctual::repeat("every day at 9:00 in +25:00")]
fn unknown_offset() {}

#[punctual::repeat("every 5 seconds at :30")]
fn misplaced_option() {}

#[punctual::repeat("every day until tomorow")]
fn wrong_moment() {}

#[punctual::repeat("")]
fn no_text() {}

#[punctual::repeat("every weekday at 9am".tag("polite"), "World")]
fn with_options(_name: &str) {}

#[punctual::repeat(schedule("every weekday at 9am").tag("polite"))]
fn in_a_call() {}

#[punctual::repeat(punctual::schedule("every day at 9am"))]
fn in_a_call_by_its_path() {}

#[punctual::repeat(every().day().at("9:00").or("every saterday").tag("polite"))]
fn an_alternative() {}

#[punctual::repeat(every().friday().and("every month on day 32"))]
fn a_part() {}

#[punctual::repeat(every().day().or((&punctual::every().hour().or("every saterday").schedule())))]
fn inside_an_argument() {}

#[punctual::repeat(every().day().or(punctual::Schedule::cron("0 9 * *")?))]
fn cron_inside_an_argument() {}

#[punctual::repeat(cron("61 * * * *"))]
fn cron() {}

#[punctual::repeat(::punctual::cron("61 * * * *"))]
fn cron_by_its_path() {}

#[punctual::repeat(cron_in(punctual::Dialect::Quartz, "x"))]
fn cron_in() {}

#[punctual::repeat(cron_in(punctual::Dialect::Vixie, "0 12 L * *").tag("polite"))]
fn cron_in_a_dialect() {}

fn main() {}
