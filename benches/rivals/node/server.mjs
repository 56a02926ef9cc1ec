// One server of the herd in Node.js: node:net and an event loop on one thread. It speaks the whole of
// src/protocol/PROTOCOL.md ("PROTOCOL section N" below). Bytes are held as latin1 strings throughout, one character
// for each byte, which loses nothing and which V8 stores, slices and compares as bytes; nothing from the wire is
// decoded as UTF-8 but a provider's body.
import http from 'node:http';
import net from 'node:net';
import { parseArgs } from 'node:util';

// Limits: the same as every server's of the project (src/config/limits.rs says where they come from).
const [LINE_MAX, PEER_LINE_MAX, BODY_MAX, KNOWN_MAX] = [4096, 1024, 1 << 20, 1_000_000];
const [BACKLOG, LINGERING_MAX, HANDSHAKES_MAX, QUEUE_MAX, BATCH_MAX] = [4096, 64, 16, 4096, 1024];
const [IDLE_MS, WRITE_MS, LINGER_MS, DRAIN_MS, PLACES_MS] = [300_000, 10_000, 2_000, 10_000, 5_000];
const [DIAL_MS, HANDSHAKE_MS, SILENCE_MS, ACK_MS, LINK_IDLE_MS] = [1_000, 2_000, 15_000, 10_000, 30_000];
const [WAKE_MS, BACKOFF_MIN_MS, BACKOFF_MAX_MS, BACKOFF_RESET_MS] = [100, 100, 30_000, 10_000];
const FUTURE_SKEW_S = 86_400;
const FLUSH_SIZE = 65_536; // replies to one chunk of input are sent in pieces of this size when they are many

// Grammar (PROTOCOL sections 1 to 3 and 5). Ranges are part of it, so no decimal is ever rounded to be compared.
// `\s` would take U+00A0 for white space.
const SPACE = '[ \\t-\\r]';
const CLIENT = '([^ \\t-\\r]{1,256})';
const LATITUDE = '[+-](?:90(?:\\.0{1,15})?|[0-8]?\\d(?:\\.\\d{1,15})?)';
const LONGITUDE = '[+-](?:180(?:\\.0{1,15})?|(?:1[0-7]\\d|0?\\d{1,2})(?:\\.\\d{1,15})?)';
const PLACE = `(${LATITUDE}${LONGITUDE})`;
const TIME = '(\\d{1,10}(?:\\.\\d{1,9})?)';
const RADIUS = '(50(?:\\.0{1,9})?|[0-4]?\\d(?:\\.\\d{1,9})?)';
const BOUND = '(20|[01]?\\d)';
const command = (...fields) => new RegExp(`^${SPACE}*${fields.join(`${SPACE}+`)}${SPACE}*$`);
const IAMAT = command('IAMAT', CLIENT, PLACE, TIME);
const WHATSAT = command('WHATSAT', CLIENT, RADIUS, BOUND);
const NAME = '[A-Za-z][A-Za-z0-9_-]{0,63}';
const AT = new RegExp(`^AT (${NAME}) ([+-]\\d{1,11}\\.\\d{9}) ${CLIENT} ${PLACE} ${TIME}$`);
/** The first line of a client that speaks TLS, ended or not, or HTTP. */
const FOREIGN = /^\x16\x03[^\n]*|^[^\n]* HTTP\/[^ \r\n]*(?=\r?\n)/;
const HELLO = new RegExp(`^HELLO (${NAME}) (${NAME}) herd/1$`);

const store = new Map(); // client ID -> record; never shrinks, so a position in it stays valid
const sessions = new Set();
const links = new Map(); // neighbour -> the link that this server dials
const inbound = new Map(); // neighbour -> the link that it dials
let server; // the settings
let places = null; // null: the provider `none`
let draining = false;
let handshakes = 0;
let lingering = 0;

// Date.now() has whole milliseconds, performance.now() nanoseconds but no calendar. `offsetNs` joins them: it starts
// from performance.timeOrigin (microseconds) and is moved whenever the sum is behind Date.now(), which is never ahead
// of the clock, or 2 ms before it: so a step of the wall clock is followed at the next reading. All are integers
// below 2^53, counted from the second `originS`.
const originS = Math.floor(performance.timeOrigin / 1000);
let offsetNs = Math.round((performance.timeOrigin - originS * 1000) * 1000) * 1000;

function readClock() {
  const wallNs = (Date.now() - originS * 1000) * 1e6;
  let ns = Math.round(performance.now() * 1e6) + offsetNs;
  const behind = wallNs - ns;
  if (behind > 0 || behind < -2e6) {
    offsetNs += behind;
    ns = wallNs;
  }
  const seconds = Math.floor(ns / 1e9);
  return { seconds: originS + seconds, nanos: ns - seconds * 1e9 };
}

/** A time as two exact integers; `text` matches TIME. */
function parseTime(text) {
  const dot = text.indexOf('.');
  if (dot < 0) return { seconds: Number(text), nanos: 0 };
  return { seconds: Number(text.slice(0, dot)), nanos: Number(text.slice(dot + 1).padEnd(9, '0')) };
}

function formatSkew(now, time) {
  let seconds = now.seconds - time.seconds;
  let nanos = now.nanos - time.nanos;
  const sign = seconds < 0 || (seconds === 0 && nanos < 0) ? '-' : '+';
  if (sign === '-') [seconds, nanos] = [-seconds, -nanos];
  if (nanos < 0) [seconds, nanos] = [seconds - 1, nanos + 1e9];
  return `${sign}${seconds}.${String(nanos).padStart(9, '0')}`;
}

/**
 * A record is its AT line and what the merge needs of it. Slicing the client out of the new line makes V8 lay the line
 * out flat; kept as it came, the client would pin the whole chunk of input that it is a slice of.
 */
function makeRecord(origin, skew, client, location, time, { seconds, nanos }) {
  const line = `AT ${origin} ${skew} ${client} ${location} ${time}`;
  const start = origin.length + skew.length + 5;
  return { line, client: line.slice(start, start + client.length), seconds, nanos };
}

function isNewer(record, held) {
  if (record.seconds !== held.seconds) return record.seconds > held.seconds;
  if (record.nanos !== held.nanos) return record.nanos > held.nanos;
  return record.line > held.line;
}

/** Takes the record into the store if it wins (PROTOCOL section 5); says whether the store changed. */
function merge(record) {
  const held = store.get(record.client);
  if (held !== undefined && !isNewer(record, held)) return false;
  store.set(record.client, record);
  return true;
}

/** Passes news on to every neighbour but the one it came from. */
function flood(record, from) {
  for (const link of links.values()) if (link.peer !== from) link.offer(record);
}

/** The reply to a line: a string, or a promise of one when places are asked. */
function answer(line, now) {
  let reply = null;
  let fields;
  if ((fields = IAMAT.exec(line)) !== null) reply = handleIamat(fields, now);
  else if ((fields = WHATSAT.exec(line)) !== null) reply = handleWhatsat(fields);
  return reply ?? `? ${line}\n`;
}

function handleIamat([, client, location, timeText], now) {
  const time = parseTime(timeText);
  const ahead = time.seconds - now.seconds;
  if (ahead > FUTURE_SKEW_S || (ahead === FUTURE_SKEW_S && time.nanos > now.nanos)) return null;
  if (store.size >= KNOWN_MAX && !store.has(client)) return null;
  const record = makeRecord(server.name, formatSkew(now, time), client, location, timeText, time);
  if (merge(record)) flood(record, null);
  return `${record.line}\n`;
}

function handleWhatsat([, client, radius, bound]) {
  const record = store.get(client);
  if (record === undefined) return null;
  if (places === null || Number(radius) === 0 || Number(bound) === 0) return `${record.line}\n${NO_PLACES}\n\n`;
  const asked = places.ask(parseLocation(record.line.split(' ')[4]), Number(radius), Number(bound));
  return asked.then((document) => `${record.line}\n${document}\n\n`);
}

/** Latitude and longitude as a provider wants them; `text` matches PLACE. */
function parseLocation(text) {
  const split = Math.max(text.lastIndexOf('+'), text.lastIndexOf('-'));
  const plain = (degrees) => (degrees[0] === '+' ? degrees.slice(1) : degrees);
  return { latitude: plain(text.slice(0, split)), longitude: plain(text.slice(split)) };
}

class Session {
  input = ''; // what is not answered yet
  asking = false; // a WHATSAT waits for places
  blocked = false; // the client does not read
  ended = false; // the client has sent its last byte
  closing = false;
  spoken = false; // its first line has come

  constructor(socket) {
    this.socket = socket;
    socket.setTimeout(IDLE_MS);
    socket.on('data', (chunk) => this.receive(chunk.toString('latin1')));
    socket.on('end', () => {
      this.ended = true;
      if (!this.asking && !this.blocked && !this.closing) this.run('');
    });
    socket.on('timeout', () => this.close('ERR idle timeout\n'));
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => {
      this.closing = true;
      clearTimeout(this.writing);
      sessions.delete(this);
      exitWhenDrained();
    });
  }

  receive(chunk) {
    if (this.closing) return;
    this.input = this.input === '' ? chunk : this.input + chunk;
    if (this.asking || this.blocked) this.socket.pause();
    else this.run('');
  }

  /** Answers the lines that are there, in order, with one write; stops where places are asked or the client is slow. */
  run(out) {
    if (draining) return this.close(`${out}ERR shutting down\n`);
    const { input } = this;
    if (!this.spoken) {
      const [foreign] = FOREIGN.exec(input) ?? [];
      if (foreign !== undefined) return this.close(`? ${foreign.slice(0, LINE_MAX)}\n`);
      this.spoken = input.includes('\n');
    }
    const now = readClock();
    let start = 0;
    for (let lf; (lf = input.indexOf('\n', start)) >= 0; ) {
      const line = input.slice(start, lf > start && input.charCodeAt(lf - 1) === 13 ? lf - 1 : lf);
      start = lf + 1;
      if (line.length > LINE_MAX) return this.close(`${out}? ${line.slice(0, LINE_MAX)}\n`);
      const reply = answer(line, now);
      if (typeof reply === 'string') out += reply;
      if (typeof reply === 'string' && out.length < FLUSH_SIZE) continue;
      this.input = input.slice(start);
      if (typeof reply !== 'string') this.ask(reply);
      if (!this.send(out) || this.asking) return;
      out = '';
    }
    this.input = input.slice(start);
    this.runRest(out, now);
  }

  /** What stands after the last LF: a part of a line, or the last line. */
  runRest(out, now) {
    const { input } = this;
    const most = !this.ended && input.charCodeAt(input.length - 1) === 13 ? LINE_MAX + 1 : LINE_MAX;
    if (input.length > most) return this.close(`${out}? ${input.slice(0, LINE_MAX)}\n`);
    if (!this.ended) return this.send(out);
    this.input = '';
    const reply = input === '' ? '' : answer(input, now);
    if (typeof reply === 'string') return this.finish(out + reply);
    this.ask(reply);
    this.send(out);
  }

  ask(promise) {
    this.asking = true;
    promise.then((reply) => {
      this.asking = false;
      if (this.closing) return;
      if (this.blocked && !draining) this.socket.write(reply, 'latin1');
      else this.resume(reply);
    });
  }

  resume(reply) {
    this.run(reply);
    if (!this.asking && !this.blocked && this.socket.isPaused()) this.socket.resume();
  }

  /** False when the kernel did not take all: then no line is answered until it has. */
  send(out) {
    const { socket } = this;
    if (out !== '') socket.write(out, 'latin1');
    if (socket.writableLength === 0) return true;
    this.blocked = true;
    socket.pause();
    this.writing = setTimeout(() => socket.destroy(), WRITE_MS);
    socket.write('', () => this.unblock());
    return false;
  }

  unblock() {
    this.blocked = false;
    clearTimeout(this.writing);
    if (!this.asking && !this.closing) this.resume('');
  }

  /** Closes on the server's own account. */
  close(lastLines) {
    if (!this.closing) linger(this.socket, lastLines);
    this.closing = true;
  }

  /** Closes after the client has closed. */
  finish(out) {
    this.closing = true;
    this.socket.end(out, 'latin1');
    if (this.socket.writableLength > 0) destroyAfter(this.socket, WRITE_MS);
  }
}

function acceptClient(socket) {
  if (sessions.size < server.maxClients) sessions.add(new Session(socket));
  else refuse(socket, 'ERR too many clients\n');
}

function refuse(socket, line) {
  socket.on('error', () => {});
  if (lingering >= LINGERING_MAX) return socket.destroy();
  lingering++;
  socket.on('close', () => lingering--);
  linger(socket, line);
}

/** Sends the last lines and reads on for a while, so that a reset cannot destroy them (PROTOCOL section 6). */
function linger(socket, lastLines) {
  destroyAfter(socket, WRITE_MS);
  socket.end(lastLines, 'latin1', () => destroyAfter(socket, LINGER_MS));
  socket.resume();
}

function destroyAfter(socket, ms) {
  const timer = setTimeout(() => socket.destroy(), ms);
  socket.once('close', () => clearTimeout(timer));
}

// JSON.stringify writes no LF, so a document never needs the newline rule (PROTOCOL section 3.4).
const render = (document) => Buffer.from(JSON.stringify(document)).toString('latin1');
const NO_PLACES = render({ html_attributions: [], results: [], status: 'ZERO_RESULTS' });
const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Google's Nearby Search (legacy), or what speaks like it. */
class Places {
  constructor(base, inFlight, key) {
    const { hostname, port, pathname } = new URL(base);
    const agent = new http.Agent({ keepAlive: true, maxSockets: inFlight, maxFreeSockets: inFlight });
    this.target = { host: hostname.replace(/^\[|\]$/g, ''), port: port || 80, agent };
    this.path = `${pathname.replace(/\/+$/, '')}/maps/api/place/nearbysearch/json?`;
    this.key = key;
  }

  /** A promise of the document; it never rejects. The time limit includes the wait for a socket of the agent. */
  ask({ latitude, longitude }, radiusKm, bound) {
    const metres = Math.round(radiusKm * 1e9) / 1e6;
    const query = `location=${latitude},${longitude}&radius=${metres}`;
    const path = this.path + query + (this.key ? `&key=${encodeURIComponent(this.key)}` : '');
    return new Promise((resolve) => this.call(path, bound, resolve, performance.now() + PLACES_MS));
  }

  call(path, bound, resolve, deadline) {
    let settled = false;
    const settle = (document) => {
      settled = true;
      clearTimeout(timer);
      resolve(document);
    };
    const abort = (status, cause) => {
      settle(this.failure(status, cause));
      request.destroy();
    };
    const request = http.get({ ...this.target, path }, (response) => {
      const { statusCode } = response;
      if (statusCode !== 200) return abort(statusOf(statusCode), `HTTP status ${statusCode}`);
      const chunks = [];
      let size = 0;
      response.on('data', (chunk) => {
        chunks.push(chunk);
        if ((size += chunk.length) > BODY_MAX) abort('UNKNOWN_ERROR', `body over ${BODY_MAX} bytes`);
      });
      response.on('end', () => settle(this.cut(Buffer.concat(chunks), bound)));
      response.on('error', ({ message }) => abort('UNKNOWN_ERROR', message));
    });
    request.on('error', (error) => {
      if (settled) return; // by the abort that caused it
      if (!request.reusedSocket || error.code !== 'ECONNRESET') return abort('UNKNOWN_ERROR', error.message);
      clearTimeout(timer); // a kept connection that the provider closed just when it was used again
      this.call(path, bound, resolve, deadline);
    });
    const timer = setTimeout(() => abort('UNKNOWN_ERROR', 'no answer in time'), deadline - performance.now());
  }

  /** The provider's document with at most `bound` results. */
  cut(body, bound) {
    let document;
    try {
      document = JSON.parse(utf8.decode(body));
    } catch {
      return this.failure('UNKNOWN_ERROR', 'malformed body');
    }
    const { html_attributions, results, status, next_page_token, error_message } = document ?? {};
    if (typeof status !== 'string') return this.failure('UNKNOWN_ERROR', 'malformed body');
    if (status !== 'OK' && status !== 'ZERO_RESULTS') return this.failure(status, error_message ?? `status ${status}`);
    if (!Array.isArray(results)) return this.failure('UNKNOWN_ERROR', 'malformed body');
    if (results.length === 0) return NO_PLACES;
    const attributions = Array.isArray(html_attributions) ? html_attributions : [];
    const answer = { html_attributions: attributions, results: results.slice(0, bound), status };
    if (results.length <= bound && next_page_token !== undefined) answer.next_page_token = next_page_token;
    return render(answer);
  }

  failure(providerStatus, cause) {
    const status = ['OVER_QUERY_LIMIT', 'REQUEST_DENIED'].includes(providerStatus) ? providerStatus : 'UNKNOWN_ERROR';
    const text = String(cause);
    const error_message = `places: ${this.key ? text.replaceAll(this.key, '(key)') : text}`;
    return render({ html_attributions: [], results: [], status, error_message });
  }
}

function statusOf(httpStatus) {
  if (httpStatus === 429) return 'OVER_QUERY_LIMIT';
  return httpStatus === 401 || httpStatus === 403 ? 'REQUEST_DENIED' : 'UNKNOWN_ERROR';
}

/** The link to one neighbour, which this server dials: records go out on it (PROTOCOL section 5). */
class Link {
  socket = null; // null: waits to dial
  open = false; // HELLO is answered: records are taken
  queue = [];
  marked = false; // another walk is due
  woken = false; // a batch, or a dial, is due even if there is nothing to send
  obeying = false; // the batch under way was asked for by a wake
  wakeTimer = null;
  wokenAt = 0;
  backoffMs = BACKOFF_MIN_MS;
  walk = store.values();
  position = 0; // of the walk in the store
  end = 0; // size of the store when the walk began
  left = 0; // records that the walk has still to visit

  constructor(peer, address) {
    this.peer = peer;
    this.address = address;
  }

  offer(record) {
    if (!this.open) return;
    if (this.queue.length >= QUEUE_MAX) this.marked = true;
    else if (this.queue.push(record) === 1 && !this.unacknowledged) setImmediate(() => this.pump()); // one batch a turn
  }

  beginWalk() {
    this.marked = false;
    this.left = this.end = store.size;
  }

  nextOfWalk() {
    if (this.left === 0 && this.marked) this.beginWalk();
    if (this.left === 0) return undefined;
    if (this.position === this.end) {
      this.walk = store.values();
      this.position = 0;
    }
    this.position++;
    this.left--;
    return this.walk.next().value;
  }

  takeBatch() {
    const batch = this.queue.splice(0, BATCH_MAX);
    for (let record; batch.length < BATCH_MAX && (record = this.nextOfWalk()) !== undefined; ) batch.push(record);
    return batch;
  }

  /** Sends the next batch unless one is not acknowledged yet. */
  pump() {
    if (!this.open || this.unacknowledged) return;
    const batch = this.takeBatch();
    if (batch.length === 0 && draining) return void this.socket.destroy(); // all is acknowledged
    if (batch.length === 0 && !this.woken) return this.deadline(SILENCE_MS, () => this.wake());
    this.obeying = this.woken;
    this.woken = false;
    this.unacknowledged = true;
    this.batches++;
    const lines = batch.map((record) => record.line);
    lines.push(`SYNC ${this.batches}\n`);
    this.socket.write(lines.join('\n'), 'latin1');
    this.deadline(ACK_MS, () => this.socket.destroy());
  }

  receive(chunk) {
    for (const line of takeLines(this, chunk)) {
      if (!this.open && line === `HELLO ${this.peer} ${server.name} herd/1`) this.opened();
      else if (this.unacknowledged && line === `ACK ${this.batches}`) this.unacknowledged = this.obeying = false;
      else return void this.socket.destroy();
    }
    this.pump();
  }

  opened() {
    this.open = true;
    this.openedAt = performance.now();
    this.beginWalk();
  }

  lost() {
    if (this.open && performance.now() - this.openedAt >= BACKOFF_RESET_MS) this.backoffMs = BACKOFF_MIN_MS;
    this.socket = null;
    this.open = false;
    this.queue = [];
    clearTimeout(this.timer);
    if (draining) return exitWhenDrained();
    if (this.woken || this.obeying) return this.wake(); // one that only showed the link dead is for the next dial
    this.deadline(this.backoffMs * (0.5 + Math.random() / 2), () => dial(this));
    this.backoffMs = Math.min(2 * this.backoffMs, BACKOFF_MAX_MS);
  }

  /** Sends a batch or dials at once, but not more often than every WAKE_MS. */
  wake() {
    this.woken = true;
    this.wakeTimer ??= setTimeout(() => {
      this.wakeTimer = null;
      this.wokenAt = performance.now();
      if (this.socket === null) dial(this);
      else this.pump();
    }, this.wokenAt + WAKE_MS - performance.now());
  }

  /** The link's one timer: it is waiting for one thing at a time. */
  deadline(ms, act) {
    clearTimeout(this.timer);
    this.timer = setTimeout(act, ms);
  }

  drain() {
    if (this.open) this.pump();
    else this.socket?.destroy();
  }
}

function dial(link) {
  if (draining) return;
  const socket = net.connect({ ...link.address, noDelay: true });
  Object.assign(link, { socket, rest: '', woken: false, obeying: false, unacknowledged: false, batches: 0 });
  link.deadline(DIAL_MS, () => socket.destroy());
  socket.setEncoding('latin1');
  socket.on('connect', () => {
    link.deadline(HANDSHAKE_MS, () => socket.destroy());
    socket.write(`HELLO ${server.name} ${link.peer} herd/1\n`);
  });
  socket.on('data', (chunk) => link.receive(chunk));
  socket.on('error', () => {}); // 'close' follows
  socket.on('close', () => link.lost());
}

/** The whole lines of a peer's chunk. Of a line that is too long only as much is kept as shows that it is. */
function takeLines(reader, chunk) {
  const lines = (reader.rest + chunk).split('\n');
  reader.rest = lines.pop().slice(0, PEER_LINE_MAX + 1);
  return lines;
}

/** A link that a neighbour dials: records come in on it. */
class Inbound {
  peer = null; // null: no HELLO yet
  rest = '';
  batches = 0;
  ended = false;

  constructor(socket) {
    this.socket = socket;
    handshakes++;
    this.timer = setTimeout(() => this.end('? handshake timeout\n'), HANDSHAKE_MS);
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => this.receive(chunk));
    socket.on('timeout', () => this.end('ERR idle timeout\n'));
    socket.on('error', () => {}); // 'close' follows
    socket.on('close', () => this.leave());
  }

  receive(chunk) {
    for (const line of takeLines(this, chunk)) {
      if (this.ended) return;
      if (this.peer === null) this.greet(line);
      else if (line.length > PEER_LINE_MAX || line.startsWith('AT ')) this.take(line);
      else if (line === `SYNC ${this.batches + 1}`) this.acknowledge();
      else this.end('? unknown line\n');
    }
    if (this.peer === null && this.rest.length > PEER_LINE_MAX) this.end('? HELLO expected\n');
  }

  greet(line) {
    const [, dialer, acceptor] = HELLO.exec(line) ?? [];
    if (dialer === undefined) return this.end('? HELLO of herd/1 expected\n');
    if (!links.has(dialer) || acceptor !== server.name) return this.end('? not neighbours\n');
    this.finishHandshake();
    inbound.get(dialer)?.end('ERR newer link\n');
    inbound.set(dialer, this);
    this.peer = dialer;
    this.socket.setTimeout(LINK_IDLE_MS);
    this.socket.write(`HELLO ${server.name} ${dialer} herd/1\n`);
    links.get(dialer).wake();
  }

  /** Merges one record; a bad one is skipped, or it would stop replication. */
  take(line) {
    const at = line.length > PEER_LINE_MAX ? null : AT.exec(line);
    if (at === null) return;
    const [, origin, skew, client, location, time] = at;
    const record = makeRecord(origin, skew, client, location, time, parseTime(time));
    if (merge(record)) flood(record, this.peer);
  }

  acknowledge() {
    this.batches++;
    if (!this.socket.write(`ACK ${this.batches}\n`)) this.socket.destroy(); // a dialer that does not read
  }

  /** Ends the link on this server's account. */
  end(reason) {
    if (this.ended) return;
    this.leave();
    linger(this.socket, reason);
  }

  finishHandshake() {
    if (this.timer === null) return;
    handshakes--;
    clearTimeout(this.timer);
    this.timer = null;
  }

  /** No record comes over this link any more, so what was kept back as known to the neighbour must be offered again. */
  leave() {
    if (this.ended) return;
    this.ended = true;
    this.finishHandshake();
    if (inbound.get(this.peer) !== this) return;
    inbound.delete(this.peer);
    if (draining) return;
    links.get(this.peer).marked = true;
    links.get(this.peer).wake();
  }
}

function acceptLink(socket) {
  if (handshakes < HANDSHAKES_MAX) new Inbound(socket);
  else refuse(socket, '? too many handshakes\n');
}

const USAGE = `usage: node server.mjs serve NAME --listen ADDR --peer-listen ADDR [--peer NAME=ADDR]...
           [--places none|google-legacy=BASE_URL] [--places-in-flight N] [--max-clients N]`;

function fail(message, status) {
  process.stderr.write(`${message}\n`);
  process.exit(status);
}

function usageError(message) {
  fail(`herd: ${message}\n${USAGE}`, 2);
}

function parseAddress(flag, text) {
  const [, v6, host, port] = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:\s]+)):(\d{1,5})$/.exec(text ?? '') ?? [];
  if (port === undefined || Number(port) > 65_535) usageError(`${flag} wants HOST:PORT, not '${text ?? ''}'`);
  return { host: v6 ?? host, port: Number(port) };
}

function parseCount(flag, text) {
  if (!/^[1-9]\d{0,8}$/.test(text)) usageError(`${flag} wants a number from 1, not '${text}'`);
  return Number(text);
}

function parsePlaces(text, inFlight) {
  if (text === 'none') return null;
  const [, base] = /^google-legacy=(http:\/\/.+)$/.exec(text) ?? [];
  const isUrl = base !== undefined && URL.canParse(base);
  if (!isUrl) usageError(`--places: none or google-legacy=http://..., not '${text}'`);
  return new Places(base, inFlight, process.env.HERD_PLACES_KEY);
}

function parsePeers(texts, name) {
  for (const text of texts) {
    const [, peer, address] = new RegExp(`^(${NAME})=(.*)$`).exec(text) ?? [];
    if (peer === undefined) usageError(`--peer wants NAME=ADDR, not '${text}'`);
    if (peer === name || links.has(peer)) usageError(`--peer ${peer}: a neighbour is another server, named once`);
    links.set(peer, new Link(peer, parseAddress('--peer', address)));
  }
}

function parseCommandLine() {
  const defaults = { peer: [], places: 'none', 'places-in-flight': '32', 'max-clients': '1024' }; // parseArgs: from 18.11
  const flags = ['listen', 'peer-listen', ...Object.keys(defaults)];
  const options = Object.fromEntries(flags.map((flag) => [flag, { type: 'string', multiple: flag === 'peer' }]));
  const { values: typed, positionals } = parseArgs({ options, allowPositionals: true });
  const values = { ...defaults, ...typed };
  const [verb, name, ...rest] = positionals;
  if (verb !== 'serve' || name === undefined || rest.length > 0) usageError('the command is: serve NAME');
  if (!new RegExp(`^${NAME}$`).test(name)) usageError(`'${name}' is no server's name`);
  parsePeers(values.peer, name);
  places = parsePlaces(values.places, parseCount('--places-in-flight', values['places-in-flight']));
  return {
    name,
    listen: parseAddress('--listen', values.listen),
    peerListen: parseAddress('--peer-listen', values['peer-listen']),
    maxClients: parseCount('--max-clients', values['max-clients']),
  };
}

function listen(options, address, accept) {
  return new Promise((resolve) => {
    const listener = net.createServer({ noDelay: true, ...options }, accept);
    listener.on('error', (error) => fail(`herd: ${error.message}`, 1));
    listener.listen({ ...address, backlog: BACKLOG }, () => resolve(listener));
  });
}

function boundAddress(listener) {
  const { address, family, port } = listener.address();
  return family === 'IPv6' ? `[${address}]:${port}` : `${address}:${port}`;
}

/** Finishes and answers the commands in hand, gives peers what is queued, and exits (PROTOCOL section 6). */
function drain(listeners) {
  if (draining) return;
  draining = true;
  setTimeout(() => process.exit(0), DRAIN_MS - 500);
  for (const listener of listeners) listener.close();
  for (const session of sessions) if (!session.asking) session.close('ERR shutting down\n');
  for (const link of inbound.values()) link.end('ERR shutting down\n');
  for (const link of links.values()) link.drain();
  exitWhenDrained();
}

function exitWhenDrained() {
  if (draining && sessions.size === 0 && [...links.values()].every((link) => link.socket === null)) process.exit(0);
}

async function main() {
  try {
    server = parseCommandLine();
  } catch (error) {
    usageError(error.message);
  }
  const clients = await listen({ allowHalfOpen: true }, server.listen, acceptClient);
  const peers = await listen({}, server.peerListen, acceptLink);
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => drain([clients, peers]));
  for (const link of links.values()) dial(link);
  process.stdout.write(`ready ${server.name} ${boundAddress(clients)} ${boundAddress(peers)} -\n`);
}

main();
