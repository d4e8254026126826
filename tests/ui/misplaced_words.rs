use punctual::{every, Weekday};

fn main() {
    let _ = every().minutes(20).on(Weekday::Mon);
    let _ = every().seconds(5).at(":30");
    let _ = every().week().at("10:30");
    let _ = every().monday().to(3);
    let _ = every().minutes(5).to(std::time::Duration::from_secs(600));
    let _ = every().hour().at(punctual::chrono::NaiveTime::MIN);
    let _ = every().day().on_day(15);
    let _ = every().month().on_date(12, 25);
    let _ = every().run(|| {});
}
