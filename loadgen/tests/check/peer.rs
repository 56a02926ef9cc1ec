//! The model server's peer port.

use std::{
    collections::HashMap,
    io::{self, BufRead, BufReader, Write},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    fault::Fault,
    grammar::{is_location, is_name, is_skew, time_ns},
    model::{Model, merge},
};

const LONGEST_LINE: usize = 1024;

/// The one neighbour of a model server.
pub(crate) const NEIGHBOUR: &str = "Tester";

type Links = Arc<Mutex<HashMap<Vec<u8>, TcpStream>>>;

/// Opens a peer port for the model; its threads end with the test's process.
pub(crate) fn start(model: Model) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let addr = listener.local_addr()?;
    let links = Links::default();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (model, links) = (model.clone(), Arc::clone(&links));
            std::thread::spawn(move || serve(&model, &links, &stream));
        }
    });
    Ok(addr)
}

fn serve(model: &Model, links: &Links, stream: &TcpStream) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let hello = line(&mut reader)?;
    if let Err(reason) = admit(model, &hello) {
        (&*stream).write_all(format!("? {reason}\n").as_bytes())?;
        return stream.shutdown(Shutdown::Both);
    }
    if model.fault != Fault::KeepsOlderLink {
        let mut links = links.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(older) = links.insert(hello, stream.try_clone()?) {
            // The older link may have ended by itself.
            let _ = older.shutdown(Shutdown::Both);
        }
    }
    (&*stream).write_all(format!("HELLO {} {NEIGHBOUR} herd/1\n", model.name).as_bytes())?;
    let mut due = 1;
    while let Some(reply) = obey(model, &line(&mut reader)?, &mut due) {
        (&*stream).write_all(&reply)?;
    }
    stream.shutdown(Shutdown::Both)
}

fn line(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    reader.read_until(b'\n', &mut line)?;
    line.pop();
    Ok(line)
}

fn admit(model: &Model, hello: &[u8]) -> Result<(), &'static str> {
    let words: Vec<&[u8]> = hello.split(|byte| *byte == b' ').collect();
    match words.as_slice() {
        [b"HELLO", _, _, b"herd/1"] if model.fault == Fault::LetsAnyoneIn => Ok(()),
        [b"HELLO", from, to, b"herd/1"] if *from == NEIGHBOUR.as_bytes() && *to == model.name.as_bytes() => Ok(()),
        [b"HELLO", _, _, b"herd/1"] => Err("who are you"),
        _ => Err("HELLO first"),
    }
}

/// The reply to a line, if the link goes on.
fn obey(model: &Model, line: &[u8], due: &mut u64) -> Option<Vec<u8>> {
    if line.len() > LONGEST_LINE {
        return Some(Vec::new());
    }
    let words: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
    match words.as_slice() {
        [b"SYNC", number] if *number == due.to_string().as_bytes() || model.fault == Fault::AcksAnything => {
            *due += 1;
            Some([b"ACK ", *number, b"\n"].concat())
        }
        [b"AT", ..] => match record(model, line, &words) {
            None if model.fault == Fault::EndsAtBadRecord => None,
            _ => Some(Vec::new()),
        },
        _ => None,
    }
}

fn record(model: &Model, line: &[u8], words: &[&[u8]]) -> Option<()> {
    let [_, name, skew, client, location, time] = words else { return None };
    let ns = time_ns(time, model.fault)?;
    let is_client = |byte: &u8| !matches!(byte, b'\t' | b'\r' | 0x0b | 0x0c);
    let is_right = is_name(name) && is_skew(skew) && is_location(location) && client.iter().all(is_client);
    if !is_right || client.is_empty() || client.len() > 256 {
        return None;
    }
    merge(&model.store, client, (ns, line.to_vec(), time.to_vec()));
    Some(())
}
