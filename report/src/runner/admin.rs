use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// For a server to answer a question about itself.
const PATIENCE: Duration = Duration::from_secs(20);
/// The longest page that is read, far beyond those of this project.
const MAX_PAGE_BYTES: u64 = 1 << 20;

/// A server's page `/metrics`, read outside every window.
pub(super) struct Metrics(String);

impl Metrics {
    /// Asks for it; `None` where there is no such page.
    pub(super) fn of(admin: SocketAddr) -> Option<Self> {
        exchange(admin, "GET /metrics").ok().map(Self)
    }

    /// The sum of a metric over all its labels; `None` where the page has none of this name.
    pub(super) fn sum(&self, name: &str) -> Option<u64> {
        let values = self.0.lines().filter_map(|line| {
            let (metric, value) = line.rsplit_once(' ')?;
            let is_meant = metric.split('{').next() == Some(name);
            if is_meant { value.parse::<u64>().ok() } else { None }
        });
        values.fold(None, |sum, value| Some(sum.unwrap_or(0) + value))
    }
}

/// The body of the answer to a request such as `GET /stats`.
pub(super) fn exchange(address: SocketAddr, request: &str) -> anyhow::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(format!("{request} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n").as_bytes())?;
    let mut answer = String::new();
    stream.take(MAX_PAGE_BYTES).read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| anyhow::anyhow!("an answer without a head"))?;
    if !head.starts_with("HTTP/1.1 200") {
        anyhow::bail!("{}", head.lines().next().unwrap_or_default());
    }
    Ok(body.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_metric_is_summed_over_its_labels() {
        let page = "# TYPE sent counter\nsent_total{peer=\"A\"} 3\nsent_total{peer=\"B\"} 4\nsent_total_more 9\n";
        let metrics = Metrics(page.to_owned());
        assert_eq!((metrics.sum("sent_total"), metrics.sum("other")), (Some(7), None));
    }
}
