//! What is shown in advance, and what happens then.

mod upcoming;
