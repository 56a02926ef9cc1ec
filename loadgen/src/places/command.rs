use std::{
    io::{self, Write},
    net::SocketAddr,
    process::ExitCode,
};

use anyhow::{Context, ensure};
use clap::Args;
use fastrand::Rng;
use herd::{places::gazetteer::Gazetteer, protocol::Query};

use super::{delay::Delay, fault_injection::FaultInjection, response::ResponseCache, server::Server};
use crate::serving::{Stop, listen, raise_connection_limit};

/// Exit status when the server cannot run.
const UNUSABLE: u8 = 2;
/// What a fixed answer is about: Westwood in Los Angeles has more than 20 places within 50 km.
const FIXED: Query =
    Query { latitude_deg: 34.06893, longitude_deg: -118.445_127, radius_m: 50_000.0, bound: Query::MAX_BOUND };

/// A local Places service in the shape of Google's legacy Nearby Search, with delay and faults.
///
/// Answers GET /maps/api/place/nearbysearch/json?location=LAT,LNG&radius=METRES from the embedded gazetteer, and
/// GET /stats with its counts and its own processor time; POST /delay?DELAY changes the delay. Prints `ready places ADDR` when it listens; SIGTERM or SIGINT
/// ends it with exit status 0 and the counts as a line of JSON; wrong usage and an address that is taken give 2.
#[derive(Args, Debug)]
pub struct PlacesArgs {
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// How long each search waits: 50ms, exp:50ms (mean), uniform:10ms..90ms or normal:50ms,10ms (mean, deviation).
    #[arg(long, value_name = "DELAY", default_value = "0ms")]
    delay: Delay,
    /// Share of searches that get a 500, 0 to 1, after their delay.
    #[arg(long, value_name = "P", default_value_t = 0.0)]
    error_rate: f64,
    /// Share of searches that are never answered, 0 to 1.
    #[arg(long, value_name = "P", default_value_t = 0.0)]
    hang_rate: f64,
    /// Decides delays, errors and hangs, in the order in which searches come.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Answer every search with the same 20 places: the cheapest for loads with very many distinct locations.
    #[arg(long)]
    fixed: bool,
}

impl PlacesArgs {
    /// Runs the command.
    #[must_use]
    pub fn execute(&self) -> ExitCode {
        match self.serve() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("loadgen places: {error:#}");
                ExitCode::from(UNUSABLE)
            }
        }
    }

    fn serve(&self) -> anyhow::Result<()> {
        let (faults, stop) = (self.faults()?, Stop::on_signals()?);
        let gazetteer = Gazetteer::embedded().context("the embedded gazetteer is damaged")?;
        let cache = ResponseCache::new(gazetteer, self.fixed.then_some(FIXED));
        let max_connections = raise_connection_limit();
        let listener = listen(self.listen)?;
        let addr = listener.local_addr()?;
        let server = Server::new(listener, max_connections, &stop, faults, cache).context("cannot poll")?;
        writeln!(io::stdout(), "ready places {addr}")?;
        let tally = server.run().context("the poller failed")?;
        writeln!(io::stdout(), "{}", tally.json())?;
        Ok(())
    }

    fn faults(&self) -> anyhow::Result<FaultInjection> {
        let (error_rate, hang_rate) = (self.error_rate, self.hang_rate);
        for rate in [error_rate, hang_rate, error_rate + hang_rate] {
            ensure!((0.0..=1.0).contains(&rate), "--error-rate and --hang-rate are shares, together at most 1");
        }
        Ok(FaultInjection { delay: self.delay, error_rate, hang_rate, rng: Rng::with_seed(self.seed) })
    }
}
