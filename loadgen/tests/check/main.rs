//! The check itself on trial: it must pass a right server and fail each faulty one.

mod command;
mod fault;
mod faulty_herds;
mod grammar;
mod http;
mod model;
mod peer;
