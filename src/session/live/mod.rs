//! A live session: the hot thread, the sender, the cold thread, and how they begin and end.

pub mod cache_warmer;
pub mod cancel_all;
pub mod cold;
pub mod config;
pub mod hot;
pub mod message;
pub mod rest_worker;
pub mod run;
pub mod sender;
pub mod t2q_monitor;
