//! What will happen: the slots of a schedule.

mod upcoming;

pub use self::upcoming::Upcoming;
