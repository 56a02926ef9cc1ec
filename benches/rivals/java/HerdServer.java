import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.io.*;
import java.math.BigDecimal;
import java.net.*;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.time.*;
import java.util.*;
import java.util.concurrent.*;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;

/**
 * One server of a herd on blocking sockets: a thread per client connection and a thread per link end, platform or
 * virtual. "PROTOCOL section N" is src/protocol/PROTOCOL.md. Blocking sockets have no deadline that covers a whole
 * exchange, so every socket is a {@link Wire} with a deadline of its own, and one watchdog thread ends what is late.
 */
public final class HerdServer {
    static final int LINE = 4096, PEER_LINE = 1024, CLIENT_ID = 256, KNOWN = 1_000_000;
    static final int BACKLOG = 4096, LINGERING = 64, HANDSHAKES = 16, QUEUE = 4096, BATCH = 1024;
    static final int PLACES_BODY = 1 << 20, JSON_DEPTH = 64, WRITE_SIZE = 64 << 10, STACK = 256 << 10;
    static final long MS = 1_000_000, S = 1000 * MS;
    static final long IDLE = 300 * S, WRITE = 10 * S, LINGER = 2 * S, DRAIN = 9 * S, WATCH = 250 * MS;
    static final long ACCEPT_MIN = 10 * MS, ACCEPT_MAX = S;
    static final long DIAL = S, HANDSHAKE = 2 * S, SILENCE = 15 * S, ACK = 10 * S, LINK_IDLE = 30 * S;
    static final long BACKOFF_MIN = 100 * MS, BACKOFF_MAX = 30 * S, BACKOFF_RESET = 10 * S, WAKE = 100 * MS;
    static final long PLACES = 5 * S, CONNECT = 2 * S, PLACES_KEPT = 30 * S;
    static final Duration FUTURE_SKEW = Duration.ofDays(1);
    static final byte[] IAMAT = bytes("IAMAT"), WHATSAT = bytes("WHATSAT"), AT = bytes("AT ");
    static final Pattern NAME = Pattern.compile("[A-Za-z][A-Za-z0-9_-]{0,63}");
    static final byte LF = '\n', CR = '\r';

    private final Options options;
    private final byte[] atPrefix;
    private final Executor threads;
    private final Semaphore clients, lingering = new Semaphore(LINGERING), handshakes = new Semaphore(HANDSHAKES);
    private final ConcurrentHashMap<ClientId, At> store = new ConcurrentHashMap<>();
    private final Map<String, Link> links = new LinkedHashMap<>();
    private final Set<Wire> wires = ConcurrentHashMap.newKeySet();
    private final Places places;
    private volatile boolean draining;

    public static void main(String[] args) {
        try {
            new HerdServer(Options.parse(args)).run();
        } catch (IllegalArgumentException wrong) {
            System.err.println("HerdServer: " + wrong.getMessage() + "\n" + Options.USAGE);
            System.exit(2);
        } catch (IOException failed) {
            System.err.println("HerdServer: cannot listen: " + failed.getMessage());
            System.exit(1);
        }
    }

    private HerdServer(Options options) {
        this.options = options;
        atPrefix = bytes("AT " + options.name + " ");
        threads = threads(options.threads);
        clients = new Semaphore(options.maxClients);
        places = options.places == null ? null : new Places(options.places, options.placesInFlight);
        options.peers.forEach((peer, address) -> links.put(peer, new Link(peer, address)));
    }

    private void run() throws IOException {
        ServerSocket clientPort = listen(options.listen), peerPort = listen(options.peerListen);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> drain(clientPort, peerPort)));
        daemon("watchdog", this::watch);
        daemon("peers", () -> accept(peerPort, this::admitPeer));
        links.values().forEach(threads::execute);
        System.out.println("ready " + options.name + " " + shown(clientPort) + " " + shown(peerPort) + " -");
        System.out.flush();
        accept(clientPort, this::admitClient);
    }

    // What a server knows: records, their order, and who is told (PROTOCOL section 5).

    /** A client's ID as bytes; comparable, so that colliding hashes do not slow the map down. */
    record ClientId(byte[] bytes, int hash) implements Comparable<ClientId> {
        ClientId(byte[] bytes) { this(bytes, Arrays.hashCode(bytes)); }
        @Override public boolean equals(Object o) { return o instanceof ClientId c && Arrays.equals(bytes, c.bytes); }
        @Override public int hashCode() { return hash; }
        @Override public int compareTo(ClientId o) { return Arrays.compareUnsigned(bytes, o.bytes); }
    }

    /** A record: an AT line without its LF, when the client said it was there, and where the location stands in it. */
    record At(Instant time, byte[] line, int locationFrom, int locationTo) {
        static At newer(At a, At b) {
            int order = a.time.compareTo(b.time);
            return (order != 0 ? order : Arrays.compareUnsigned(a.line, b.line)) < 0 ? b : a;
        }
    }

    /** Part of a line, in the buffer it was read into. */
    record Slice(byte[] bytes, int from, int to) {
        int length() { return to - from; }
        boolean is(byte[] word) { return Arrays.equals(bytes, from, to, word, 0, word.length); }
        boolean startsWith(byte[] word) {
            return length() >= word.length && new Slice(bytes, from, from + word.length).is(word);
        }
        byte[] copy() { return Arrays.copyOfRange(bytes, from, to); }
        @Override public String toString() { return new String(bytes, from, to - from, ISO_8859_1); }
    }

    /** Whether the record was news. */
    private boolean merge(ClientId client, At at) { return store.merge(client, at, At::newer) == at; }

    private void flood(At at, Link from) {
        for (Link link : links.values()) if (link != from) link.offer(at);
    }

    // Clients (PROTOCOL sections 1 to 4).

    private void admitClient(Socket socket) throws IOException {
        if (clients.tryAcquire()) start(new Wire(socket, true, clients), this::serveClient);
        else if (lingering.tryAcquire()) start(new Wire(socket, true, lingering), this::refuseClient);
        else socket.close();
    }

    private void refuseClient(Wire wire) throws IOException { wire.finish("ERR too many clients\n"); }

    private void serveClient(Wire wire) throws IOException {
        wire.patience = IDLE;
        for (wire.first = true; wire.nextLine(LINE); wire.first = false) {
            Slice line = wire.line;
            if (wire.terminated && line.length() > 0 && line.bytes[line.to - 1] == CR)
                line = new Slice(line.bytes, line.from, line.to - 1);
            if (line.length() > LINE) {
                wire.put("? ").put(line.bytes, line.from, LINE).finish("\n");
                return;
            }
            if (wire.first && isForeign(line)) {
                wire.put("? ").put(line.bytes, line.from, line.length()).finish("\n");
                return;
            }
            Slice[] fields = fields(line, 4);
            boolean done = fields != null && (fields[0].is(IAMAT) && handleIamat(wire, fields)
                || fields[0].is(WHATSAT) && handleWhatsat(wire, fields));
            if (!done) wire.put("? ").put(line.bytes, line.from, line.length()).put(LF);
            if (draining) {
                wire.finish("ERR shutting down\n");
                return;
            }
        }
        wire.flush();
    }

    /** Whether it is the first of an HTTP request, or of a TLS hello. */
    private static boolean isForeign(Slice line) {
        String text = line.toString();
        return isHello(line.bytes, line.from, line.to) || text.startsWith("HTTP/", text.lastIndexOf(' ') + 1) && text.indexOf(' ') >= 0;
    }

    static boolean isHello(byte[] b, int from, int to) { return to - from >= 2 && b[from] == 0x16 && b[from + 1] == 0x03; }

    private boolean handleIamat(Wire wire, Slice[] fields) throws IOException {
        Instant now = Instant.now(), time = parseTime(fields[3]);
        if (time == null || time.isAfter(now.plus(FUTURE_SKEW)) || fields[1].length() > CLIENT_ID
            || !parseLocation(fields[2])) return false;
        ClientId client = new ClientId(fields[1].copy());
        if (store.mappingCount() >= KNOWN && !store.containsKey(client)) return false;
        byte[] skew = skew(Duration.between(time, now)), id = client.bytes;
        int location = atPrefix.length + skew.length + id.length + 2, end = location + fields[2].length();
        byte[] line = ByteBuffer.allocate(end + 1 + fields[3].length())
            .put(atPrefix).put(skew).put((byte) ' ').put(id)
            .put((byte) ' ').put(fields[2].bytes, fields[2].from, fields[2].length())
            .put((byte) ' ').put(fields[3].bytes, fields[3].from, fields[3].length()).array();
        At at = new At(time, line, location, end);
        if (merge(client, at)) flood(at, null);
        wire.put(line).put(LF);
        return true;
    }

    private boolean handleWhatsat(Wire wire, Slice[] fields) throws IOException {
        Slice radius = fields[2], count = fields[3];
        if (decimal(radius.bytes, radius.from, radius.to, 2, 9, 50) != radius.to
            || decimal(count.bytes, count.from, count.to, 2, 0, 20) != count.to) return false;
        At at = store.get(new ClientId(fields[1].copy()));
        if (at == null) return false;
        int bound = Integer.parseInt(count.toString());
        BigDecimal metres = new BigDecimal(radius.toString()).movePointRight(3);
        wire.rearm();
        byte[] document = places == null || bound == 0 || metres.signum() == 0
            ? Places.document("[]", "", "ZERO_RESULTS", "") : places.nearby(at, metres, bound);
        wire.put(at.line).put(LF).put(document).put(LF).put(LF);
        return true;
    }

    // The grammar (PROTOCOL sections 1 to 3).

    /** The count fields of a line, or null when there are fewer or more. */
    static Slice[] fields(Slice line, int count) {
        Slice[] fields = new Slice[count];
        int n = 0;
        for (int i = line.from; i < line.to; n++) {
            while (i < line.to && isSpace(line.bytes[i])) i++;
            int from = i;
            while (i < line.to && !isSpace(line.bytes[i])) i++;
            if (i == from) break;
            if (n == count) return null;
            fields[n] = new Slice(line.bytes, from, i);
        }
        return n == count ? fields : null;
    }

    static boolean isSpace(byte b) { return b == ' ' || b >= '\t' && b <= '\r'; }

    static boolean isDigit(byte b) { return b >= '0' && b <= '9'; }

    /** Where {@code D{1,digits}(.D{1,decimals})?} at from ends, or -1 when it is not there or is more than max. */
    static int decimal(byte[] b, int from, int to, int digits, int decimals, long max) {
        int i = from;
        long whole = 0;
        boolean fraction = false;
        while (i < to && i - from < digits && isDigit(b[i])) whole = whole * 10 + b[i++] - '0';
        if (i == from) return -1;
        if (i < to && b[i] == '.' && decimals > 0) {
            int first = ++i;
            while (i < to && i - first < decimals && isDigit(b[i])) fraction |= b[i++] != '0';
            if (i == first) return -1;
        }
        return whole > max || whole == max && fraction ? -1 : i;
    }

    /** Whether the field is a latitude and a longitude. */
    static boolean parseLocation(Slice s) {
        int longitude = signed(s.bytes, s.from, s.to, 2, 90);
        return longitude > 0 && signed(s.bytes, longitude, s.to, 3, 180) == s.to;
    }

    static int signed(byte[] b, int from, int to, int digits, int max) {
        return from < to && (b[from] == '+' || b[from] == '-') ? decimal(b, from + 1, to, digits, 15, max) : -1;
    }

    /** POSIX seconds with up to nine decimals, exactly; null when malformed. */
    static Instant parseTime(Slice s) {
        if (decimal(s.bytes, s.from, s.to, 10, 9, Long.MAX_VALUE) != s.to) return null;
        long seconds = 0;
        int nanos = 0, i = s.from;
        while (i < s.to && s.bytes[i] != '.') seconds = seconds * 10 + s.bytes[i++] - '0';
        for (int d = 0; d < 9; d++) nanos = nanos * 10 + (++i < s.to ? s.bytes[i] - '0' : 0);
        return Instant.ofEpochSecond(seconds, nanos);
    }

    /** A difference of clocks: always a sign, exactly nine decimals. */
    static byte[] skew(Duration d) {
        Duration size = d.abs();
        String nanos = Integer.toString(1_000_000_000 + size.getNano());
        return bytes((d.isNegative() ? "-" : "+") + size.getSeconds() + "." + nanos.substring(1));
    }

    static boolean isSkew(Slice s) {
        return s.length() >= 12 && (s.bytes[s.from] == '+' || s.bytes[s.from] == '-') && s.bytes[s.to - 10] == '.'
            && decimal(s.bytes, s.from + 1, s.to, 11, 9, Long.MAX_VALUE) == s.to;
    }

    static boolean isName(String s) { return NAME.matcher(s).matches(); }

    static byte[] bytes(String s) { return s.getBytes(ISO_8859_1); }

    // Links between servers (PROTOCOL section 5).

    private void admitPeer(Socket socket) throws IOException {
        if (handshakes.tryAcquire()) start(new Wire(socket, false, handshakes), this::acceptLink);
        else socket.close();
    }

    /** The inbound end of an edge: takes a neighbour's records until the link ends. */
    private void acceptLink(Wire wire) throws IOException {
        wire.deadline = System.nanoTime() + HANDSHAKE;
        if (!wire.nextLine(PEER_LINE)) return;
        String[] hello = wire.line.toString().split(" ", -1);
        Link link = hello.length == 4 && wire.terminated ? links.get(hello[1]) : null;
        if (link == null || !hello[0].equals("HELLO") || !hello[2].equals(options.name) || !hello[3].equals("herd/1")) {
            wire.finish("? expected HELLO <neighbour> " + options.name + " herd/1\n");
            return;
        }
        Wire older = link.inbound.getAndSet(wire);
        try {
            if (older != null) older.end();
            wire.put("HELLO " + options.name + " " + link.peer + " herd/1\n").flush();
            wire.leaveSlot();
            log("link from " + link.peer + " gained");
            link.wake(false);
            receive(wire, link);
        } finally {
            wire.ended.countDown();
            link.wake(true);
            log("link from " + link.peer + " lost");
        }
    }

    private void receive(Wire wire, Link link) throws IOException {
        wire.patience = LINK_IDLE;
        long batch = 1, skipped = 0;
        while (wire.nextLine(PEER_LINE)) {
            Slice line = wire.line;
            if (line.length() > PEER_LINE) {
                wire.skipLine();
                skipped++;
            } else if (!wire.terminated) {
                break;
            } else if (line.startsWith(AT)) {
                if (!handleAt(line, link)) skipped++;
            } else if (line.is(bytes("SYNC " + batch))) {
                wire.put("ACK " + batch++ + "\n");
            } else {
                break;
            }
        }
        if (skipped > 0) log("skipped " + skipped + " malformed lines from " + link.peer);
    }

    /** Merges a neighbour's record and passes it on when it is news; false when it breaks the grammar. */
    private boolean handleAt(Slice line, Link from) {
        Slice[] f = fields(line, 6);
        if (f == null || f[0].from != line.from || f[5].to != line.to) return false;
        for (int i = 0; i < 5; i++) if (f[i + 1].from != f[i].to + 1 || line.bytes[f[i].to] != ' ') return false;
        Instant time = parseTime(f[5]);
        if (time == null || !isName(f[1].toString()) || !isSkew(f[2]) || f[3].length() > CLIENT_ID
            || !parseLocation(f[4])) return false;
        At at = new At(time, line.copy(), f[4].from - line.from, f[4].to - line.from);
        if (merge(new ClientId(f[3].copy()), at)) flood(at, from);
        return true;
    }

    /** The outbound end of an edge: dials one neighbour and sends it records, for as long as the server runs. */
    final class Link implements Runnable {
        final String peer, address;
        final AtomicReference<Wire> inbound = new AtomicReference<>();
        private final ArrayDeque<At> queue = new ArrayDeque<>();
        private boolean open, resting, walkDue, woken, obeying;
        private long wokenAt = System.nanoTime() - WAKE;
        private Iterator<At> walk = Collections.emptyIterator();

        Link(String peer, String address) {
            this.peer = peer;
            this.address = address;
        }

        /** Queues a record; one that does not fit is left to another walk, so that no client waits for a peer. */
        synchronized void offer(At at) {
            if (!open) return;
            if (queue.size() < QUEUE) queue.add(at);
            else walkDue = true;
            if (resting) notifyAll();
        }

        synchronized void wake(boolean walkToo) {
            walkDue |= walkToo;
            woken = true;
            notifyAll();
        }

        @Override public void run() {
            for (long backoff = BACKOFF_MIN; !draining; backoff = Math.min(2 * backoff, BACKOFF_MAX)) {
                long born = System.nanoTime();
                try (Wire wire = connect(Options.address(address), DIAL)) {
                    wire.deadline = System.nanoTime() + HANDSHAKE;
                    wire.put("HELLO " + options.name + " " + peer + " herd/1\n");
                    wire.expect("HELLO " + peer + " " + options.name + " herd/1");
                    replicate(wire);
                } catch (IOException lost) {
                    if (close()) log("link to " + peer + " lost: " + lost.getMessage());
                }
                if (System.nanoTime() - born > BACKOFF_RESET) backoff = BACKOFF_MIN;
                rest(backoff / 2 + ThreadLocalRandom.current().nextLong(backoff / 2 + 1));
            }
        }

        private void replicate(Wire wire) throws IOException {
            open();
            log("link to " + peer + " gained");
            for (long n = 1; ; n++) {
                wire.deadline = System.nanoTime() + SILENCE + ACK;
                for (At at : nextBatch()) wire.put(at.line).put(LF);
                wire.deadline = System.nanoTime() + ACK;
                wire.put("SYNC " + n + "\n").expect("ACK " + n);
                obeying = false;
            }
        }

        /** Registers with the mergers, then walks: first the rest of a walk that broke off, then the whole store. */
        private synchronized void open() {
            open = true;
            obeying = false;
            if (walk.hasNext()) walkDue = true;
            else beginWalk();
        }

        /** Whether it was open; one that a wake found dead is dialled again at once. */
        private synchronized boolean close() {
            boolean was = open;
            open = false;
            woken |= was && obeying;
            queue.clear();
            notifyAll();
            return was;
        }

        private void beginWalk() {
            walkDue = false;
            walk = store.values().iterator();
        }

        /** What is queued, then records of the walk; empty after a wake or a silence. */
        private List<At> nextBatch() {
            List<At> batch = new ArrayList<>();
            synchronized (this) {
                if (!walk.hasNext()) rest(SILENCE);
                while (batch.size() < BATCH && !queue.isEmpty()) batch.add(queue.poll());
                if (!walk.hasNext() && walkDue) beginWalk();
            }
            while (batch.size() < BATCH && walk.hasNext()) batch.add(walk.next());
            return batch;
        }

        /** Waits for a record, for a wake (which is obeyed every 100 ms at most) or for the time to pass. */
        private synchronized void rest(long nanos) {
            resting = true;
            notifyAll();
            long now = System.nanoTime();
            for (long end = now + nanos; queue.isEmpty() && now < end; now = System.nanoTime()) {
                boolean called = woken || open && walkDue;
                if (called && now - wokenAt >= WAKE) {
                    woken = false;
                    obeying = true;
                    wokenAt = now;
                    break;
                }
                pause(this, (called ? Math.min(wokenAt + WAKE, end) : end) - now);
            }
            resting = false;
        }

        /** Waits until the neighbour has acknowledged what was queued, or the link is down. */
        synchronized void awaitRest(long deadline) {
            while (open && !(resting && queue.isEmpty()) && System.nanoTime() < deadline)
                pause(this, deadline - System.nanoTime());
        }
    }

    /** Gives up the monitor until notified, at most for so long. */
    static void pause(Object monitor, long nanos) {
        try {
            synchronized (monitor) {
                monitor.wait(Math.max(nanos / MS, 0) + 1);
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts a herd's threads", e);
        }
    }

    // Places (PROTOCOL section 3): a small keep-alive client, as the JDK's have no deadline for a call as a whole.

    @SuppressWarnings("serial")
    static final class PlacesFailure extends IOException {
        final String status;
        PlacesFailure(String status, String message) { super(message); this.status = status; }
    }

    final class Places {
        private final URI base;
        private final Semaphore slots;
        private final ConcurrentLinkedDeque<Wire> kept = new ConcurrentLinkedDeque<>();

        Places(URI base, int inFlight) {
            this.base = base;
            slots = new Semaphore(inFlight, true);
        }

        byte[] nearby(At at, BigDecimal metres, int bound) {
            String location = new Slice(at.line, at.locationFrom, at.locationTo).toString();
            int longitude = Math.max(location.lastIndexOf('+'), location.lastIndexOf('-'));
            String key = System.getenv("HERD_PLACES_KEY");
            String request = "GET " + base.getRawPath() + "/maps/api/place/nearbysearch/json?location="
                + (location.substring(0, longitude) + "," + location.substring(longitude)).replace("+", "")
                + "&radius=" + metres.stripTrailingZeros().toPlainString() + (key == null ? "" : "&key=" + key)
                + " HTTP/1.1\r\nHost: " + base.getRawAuthority() + "\r\nAccept: application/json\r\n\r\n";
            try {
                return new Json(call(request)).nearby(bound);
            } catch (PlacesFailure e) {
                return document("[]", "", e.status, ",\"error_message\":\"" + e.getMessage() + "\"");
            }
        }

        static byte[] document(String attributions, String results, String status, String rest) {
            return bytes("{\"html_attributions\":" + attributions + ",\"results\":[" + results
                + "],\"status\":\"" + status + "\"" + rest + "}");
        }

        private byte[] call(String request) throws PlacesFailure {
            long deadline = System.nanoTime() + PLACES;
            boolean slot = false;
            try {
                slot = slots.tryAcquire(PLACES, NANOSECONDS);
                if (!slot) throw new PlacesFailure("UNKNOWN_ERROR", "no call to the places provider was free for 5 s");
                for (Wire wire; System.nanoTime() < deadline && (wire = kept.pollFirst()) != null; ) {
                    wire.deadline = deadline;
                    if (ask(wire, request)) return answer(wire);
                }
                int port = base.getPort() < 0 ? 80 : base.getPort();
                long left = Math.min(deadline - System.nanoTime(), CONNECT);
                Wire wire = connect(new InetSocketAddress(base.getHost(), port), left);
                wire.deadline = deadline;
                if (ask(wire, request)) return answer(wire);
                throw new EOFException("no answer");
            } catch (PlacesFailure e) {
                throw e;
            } catch (IOException | InterruptedException e) {
                throw new PlacesFailure("UNKNOWN_ERROR", System.nanoTime() < deadline
                    ? "the places provider cannot be reached or broke off" : "the places provider took more than 5 s");
            } finally {
                if (slot) slots.release();
            }
        }

        /** Sends the request and reads the status line; false when a kept connection turns out to be closed. */
        private boolean ask(Wire wire, String request) {
            try {
                if (wire.put(request).nextLine(LINE) && wire.terminated) return true;
            } catch (IOException closed) {
                // As good as the end of input.
            }
            wire.close();
            return false;
        }

        private byte[] answer(Wire wire) throws IOException {
            boolean keep = false;
            try {
                String[] status = wire.line.toString().split("\\s+", 3);
                if (status.length < 2 || !status[0].startsWith("HTTP/1.")) throw malformed("not HTTP");
                boolean reusable = status[0].equals("HTTP/1.1"), chunked = false;
                long length = -1;
                for (int n = 0; ; n++) {
                    if (!wire.nextLine(LINE) || !wire.terminated || n > 100) throw malformed("its header is cut");
                    String header = wire.line.toString().trim();
                    if (header.isEmpty()) break;
                    String value = header.substring(header.indexOf(':') + 1).trim().toLowerCase(Locale.ROOT);
                    switch (header.substring(0, Math.max(header.indexOf(':'), 0)).toLowerCase(Locale.ROOT)) {
                        case "content-length" -> length = value.matches("\\d{1,18}") ? Long.parseLong(value) : -1;
                        case "transfer-encoding" -> chunked = value.equals("chunked");
                        case "connection" -> reusable = reusable ? !value.equals("close") : value.equals("keep-alive");
                        default -> { }
                    }
                }
                byte[] body = chunked ? chunks(wire) : wire.read(length < 0 ? PLACES_BODY + 1 : length, length < 0);
                keep = reusable && (chunked || length >= 0);
                switch (status[1]) {
                    case "200" -> { return body; }
                    case "401", "403" -> throw new PlacesFailure("REQUEST_DENIED", "HTTP status " + status[1]);
                    case "429" -> throw new PlacesFailure("OVER_QUERY_LIMIT", "HTTP status 429");
                    default -> throw malformed("HTTP status " + status[1].replaceAll("[^0-9]", "?"));
                }
            } finally {
                if (keep) {
                    wire.deadline = System.nanoTime() + PLACES_KEPT;
                    kept.addFirst(wire);
                } else {
                    wire.close();
                }
            }
        }

        private byte[] chunks(Wire wire) throws IOException {
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            for (;;) {
                String size = wire.nextLine(LINE) ? wire.line.toString().split(";")[0].trim() : "";
                if (!size.matches("[0-9A-Fa-f]{1,6}")) throw malformed("a chunk's size is malformed");
                int n = Integer.parseInt(size, 16);
                body.write(wire.read(Math.min(n, PLACES_BODY + 1 - body.size()), false));
                if (body.size() > PLACES_BODY) throw malformed("its answer is over 1 MiB");
                while (wire.nextLine(LINE) && wire.line.toString().trim().length() > 0) {
                    // After a chunk an empty line, after the last one trailers.
                }
                if (n == 0) return body.toByteArray();
            }
        }
    }

    static PlacesFailure malformed(String cause) {
        return new PlacesFailure("UNKNOWN_ERROR", "the places provider's answer is of no use: " + cause);
    }

    /** A strict reader of JSON that copies what it reads, without white space, to an array of its own. */
    static final class Json {
        private final byte[] in, out;
        private int at, n;

        Json(byte[] text) throws PlacesFailure {
            in = text;
            out = new byte[text.length];
            if (text.length > PLACES_BODY) throw malformed("its answer is over 1 MiB");
            try {
                UTF_8.newDecoder().decode(ByteBuffer.wrap(text));
            } catch (CharacterCodingException e) {
                throw malformed("its body is not UTF-8");
            }
        }

        /** A Nearby Search document cut to so many results; its next_page_token goes when results were cut. */
        byte[] nearby(int bound) throws PlacesFailure {
            Map<String, String> members = new HashMap<>();
            int[] results = {0, 0};
            expect('{');
            items('}', () -> {
                int from = n;
                string();
                String name = copied(from, n);
                expect(':');
                int value = n;
                if (!name.equals("\"results\"") || !next('[')) {
                    value(0);
                    members.put(name, copied(value, n));
                    return;
                }
                results[0] = 0;
                results[1] = n;
                items(']', () -> {
                    value(1);
                    if (++results[0] <= bound) results[1] = n;
                });
                members.put(name, copied(value, results[1]));
            });
            next(' ');
            String found = members.get("\"results\""), token = members.get("\"next_page_token\"");
            if (at < in.length || found == null || !found.startsWith("[")) throw malformed("no Nearby Search document");
            return switch (members.getOrDefault("\"status\"", "")) {
                case "\"OK\"", "\"ZERO_RESULTS\"" -> Places.document(
                    members.getOrDefault("\"html_attributions\"", "[]"), found.substring(1),
                    results[0] == 0 ? "ZERO_RESULTS" : "OK",
                    token == null || results[0] > bound ? "" : ",\"next_page_token\":" + token);
                case "\"OVER_QUERY_LIMIT\"" ->
                    throw new PlacesFailure("OVER_QUERY_LIMIT", "the provider's quota is used up");
                case "\"REQUEST_DENIED\"" ->
                    throw new PlacesFailure("REQUEST_DENIED", "the provider denied the request");
                default -> throw malformed("its status is not OK");
            };
        }

        private String copied(int from, int to) { return new String(out, from, to - from, ISO_8859_1); }

        interface Item { void read() throws PlacesFailure; }

        /** The items of a list that has begun, commas between them, and its end. */
        private void items(int end, Item item) throws PlacesFailure {
            if (next(end)) return;
            do item.read(); while (next(','));
            expect(end);
        }

        private void value(int depth) throws PlacesFailure {
            if (depth > JSON_DEPTH) throw malformed("its JSON is too deep");
            if (next('{')) items('}', () -> {
                string();
                expect(':');
                value(depth + 1);
            });
            else if (next('[')) items(']', () -> value(depth + 1));
            else if (peek() == '"') string();
            else if (peek() == '-' || isDigit(peek())) number();
            else word(peek() == 't' ? "true" : peek() == 'f' ? "false" : "null");
        }

        private void word(String word) throws PlacesFailure { for (char c : word.toCharArray()) check(take(c)); }

        private void string() throws PlacesFailure {
            expect('"');
            while (!take('"')) {
                if (!take('\\')) check((peek() < 0 || peek() >= ' ') && take(peek()));
                else if (!take('u')) check("\"\\/bfnrt".indexOf(peek()) >= 0 && take(peek()));
                else for (int i = 0; i < 4; i++) check(Character.digit(peek(), 16) >= 0 && take(peek()));
            }
        }

        private void number() throws PlacesFailure {
            take('-');
            if (!take('0')) digits();
            if (take('.')) digits();
            if (take('e') || take('E')) {
                if (!take('+')) take('-');
                digits();
            }
        }

        private void digits() throws PlacesFailure {
            check(isDigit(peek()));
            while (isDigit(peek())) take(peek());
        }

        private void expect(int c) throws PlacesFailure { check(next(c)); }

        private void check(boolean valid) throws PlacesFailure {
            if (!valid) throw malformed("its body is not JSON");
        }

        private boolean next(int c) {
            while (peek() == ' ' || peek() == LF || peek() == CR || peek() == '\t') at++;
            return take(c);
        }

        private boolean take(int c) {
            if (peek() != (byte) c || at == in.length) return false;
            out[n++] = in[at++];
            return true;
        }

        /** The byte to be read next; NUL, which JSON never holds, at the end. */
        private byte peek() { return at < in.length ? in[at] : 0; }
    }

    // Sockets, threads and time.

    /** A socket with a line buffer, pending output and a deadline that the watchdog enforces. */
    final class Wire implements Closeable {
        enum State { WAITING, BUSY, CLOSING }

        final CountDownLatch ended = new CountDownLatch(1);
        volatile long deadline = System.nanoTime() + IDLE;
        /** When not 0, each read and each write gets a deadline of its own. */
        long patience;
        /** The line that was read last, without its LF, until the next one is read; whether it had an LF. */
        Slice line;
        boolean terminated;
        /** Whether it is the client's first. */
        boolean first;
        private final Socket socket;
        private final boolean client;
        private final InputStream in;
        private final OutputStream out;
        private final AtomicReference<State> state = new AtomicReference<>(State.BUSY);
        private final AtomicReference<Semaphore> slot;
        private byte[] buffer = new byte[2048], pending = new byte[512];
        private int start, scanned, end, pendingEnd;

        Wire(Socket socket, boolean client, Semaphore slot) throws IOException {
            this.socket = socket;
            this.client = client;
            this.slot = new AtomicReference<>(slot);
            in = socket.getInputStream();
            out = socket.getOutputStream();
            wires.add(this);
        }

        /** Reads a line, or what is there of one that exceeds max or that the input ends in; false at the end. */
        boolean nextLine(int max) throws IOException {
            for (;;) {
                while (scanned < end) if (buffer[scanned++] == LF) return took(scanned - 1, true);
                int length = end - start;
                if (length > max + 1 || length == max + 1 && buffer[end - 1] != CR) return took(end, false);
                if (first && isHello(buffer, start, end)) return took(end, false);
                if (!fill()) return took(end, false) && line.length() > 0;
            }
        }

        private boolean took(int to, boolean terminated) {
            line = new Slice(buffer, start, to);
            this.terminated = terminated;
            start = scanned;
            return true;
        }

        /** Reads on, a piece at a time, to the end of a line that exceeded its limit. */
        void skipLine() throws IOException {
            boolean more = true;
            while (more && !terminated) more = nextLine(PEER_LINE);
        }

        void expect(String wanted) throws IOException {
            if (!nextLine(PEER_LINE)) throw new EOFException("closed by the other side");
            if (!terminated || !line.is(bytes(wanted))) throw new ProtocolException("no \"" + wanted + "\"");
        }

        /** The next so many bytes, or all of them up to that limit when the end of input ends them. */
        byte[] read(long limit, boolean toEnd) throws IOException {
            if (limit > PLACES_BODY + 1) throw malformed("its answer is over 1 MiB");
            byte[] body = new byte[(int) limit];
            int n = Math.min(body.length, end - start);
            System.arraycopy(buffer, start, body, 0, n);
            scanned = start += n;
            n += in.readNBytes(body, n, body.length - n);
            if (n < body.length && !toEnd) throw new EOFException("a body was cut");
            return n < body.length ? Arrays.copyOf(body, n) : body;
        }

        /** Sends what is pending, since no whole line is left, and waits for input; false at its end. */
        private boolean fill() throws IOException {
            flush();
            if (start > 0) {
                System.arraycopy(buffer, start, buffer, 0, end -= start);
                start = 0;
            } else if (end == buffer.length) {
                buffer = Arrays.copyOf(buffer, 2 * end);
            }
            scanned = end;
            rearm();
            state.set(State.WAITING);
            if (client && draining) farewell("ERR shutting down");
            int n = in.read(buffer, end, buffer.length - end);
            if (!state.compareAndSet(State.WAITING, State.BUSY)) {
                discard();
                n = end = 0;
            }
            end += Math.max(n, 0);
            return n > 0;
        }

        void rearm() {
            if (patience > 0) deadline = System.nanoTime() + patience;
        }

        Wire put(String text) throws IOException { return put(bytes(text)); }

        Wire put(byte[] bytes) throws IOException { return put(bytes, 0, bytes.length); }

        Wire put(byte b) throws IOException { return put(new byte[] {b}, 0, 1); }

        Wire put(byte[] bytes, int from, int length) throws IOException {
            if (pendingEnd > WRITE_SIZE) flush();
            if (pendingEnd + length > pending.length)
                pending = Arrays.copyOf(pending, Math.max(2 * pending.length, pendingEnd + length));
            System.arraycopy(bytes, from, pending, pendingEnd, length);
            pendingEnd += length;
            return this;
        }

        void flush() throws IOException {
            if (pendingEnd == 0) return;
            for (int i = 0; i < pendingEnd; i += WRITE_SIZE) {
                if (patience > 0) deadline = System.nanoTime() + WRITE;
                out.write(pending, i, Math.min(pendingEnd - i, WRITE_SIZE));
            }
            pendingEnd = 0;
            rearm();
            if (pending.length > WRITE_SIZE) pending = new byte[512];
        }

        /** Ends the conversation with a last line, by the thread that holds it (PROTOCOL section 6). */
        void finish(String lastLine) throws IOException {
            state.set(State.CLOSING);
            put(lastLine).flush();
            deadline = System.nanoTime() + LINGER;
            socket.shutdownOutput();
            discard();
        }

        /** Ends the conversation from outside, if its thread waits for input; that thread then discards what comes. */
        void farewell(String lastLine) {
            if (!state.compareAndSet(State.WAITING, State.CLOSING)) return;
            deadline = System.nanoTime() + LINGER;
            try {
                out.write(bytes(lastLine + "\n"));
                socket.shutdownOutput();
            } catch (IOException gone) {
                close();
            }
        }

        private void discard() throws IOException {
            while (in.read(buffer) >= 0) {
                // The watchdog ends this after the time to linger.
            }
        }

        void expire() {
            try {
                if (client && state.get() == State.WAITING) threads.execute(() -> farewell("ERR idle timeout"));
                else close();
            } catch (OutOfMemoryError noThread) {
                close();
            }
        }

        /** Shuts down a link that a newer one replaces, and waits until its last record is merged. */
        void end() throws IOException {
            close();
            try {
                if (!ended.await(HANDSHAKE, NANOSECONDS)) throw new IOException("the older link did not end");
            } catch (InterruptedException e) {
                throw new InterruptedIOException();
            }
        }

        void leaveSlot() {
            Semaphore held = slot.getAndSet(null);
            if (held != null) held.release();
        }

        @Override public void close() {
            wires.remove(this);
            try {
                socket.close();
            } catch (IOException e) {
                // Nothing is left to be done for it.
            }
            leaveSlot();
        }
    }

    interface Work<T> { void on(T subject) throws IOException; }

    private Wire connect(InetSocketAddress address, long timeout) throws IOException {
        Socket socket = new Socket(Proxy.NO_PROXY);
        try {
            socket.connect(address, (int) Math.max(timeout / MS, 1));
            socket.setTcpNoDelay(true);
            return new Wire(socket, false, null);
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** Runs a wire's work on a thread of its own, and ends the wire with it. */
    private void start(Wire wire, Work<Wire> work) throws IOException {
        try {
            threads.execute(() -> {
                try (wire) {
                    wire.socket.setTcpNoDelay(true);
                    wire.socket.setKeepAlive(true);
                    work.on(wire);
                } catch (IOException gone) {
                    // One connection's error ends that connection alone.
                }
            });
        } catch (OutOfMemoryError noThread) {
            wire.close();
            throw new IOException("no thread for a connection", noThread);
        }
    }

    /** Accepts until the port is closed; without descriptors or threads it pauses, longer each time. */
    private void accept(ServerSocket port, Work<Socket> admit) {
        for (long pause = ACCEPT_MIN; !port.isClosed(); ) {
            try {
                admit.on(port.accept());
                pause = ACCEPT_MIN;
            } catch (IOException scarce) {
                if (port.isClosed()) return;
                log("accepting pauses: " + scarce.getMessage());
                pause(new Object(), pause);
                pause = Math.min(2 * pause, ACCEPT_MAX);
            }
        }
    }

    private void watch() {
        for (Object clock = new Object(); ; pause(clock, WATCH)) {
            long now = System.nanoTime();
            for (Wire wire : wires) if (now - wire.deadline > 0) wire.expire();
        }
    }

    /** On SIGTERM and SIGINT: finish what is in hand, tell peers what is queued, exit with 0 (PROTOCOL section 6). */
    private void drain(ServerSocket... ports) {
        long deadline = System.nanoTime() + DRAIN;
        draining = true;
        try {
            for (ServerSocket port : ports) port.close();
            for (Wire wire : wires) if (wire.client) wire.farewell("ERR shutting down");
            clients.tryAcquire(options.maxClients, deadline - System.nanoTime(), NANOSECONDS);
            for (Link link : links.values()) link.awaitRest(deadline);
        } catch (IOException | InterruptedException e) {
            log("draining failed: " + e);
        } finally {
            Runtime.getRuntime().halt(0);
        }
    }

    private static ServerSocket listen(InetSocketAddress address) throws IOException {
        ServerSocket port = new ServerSocket();
        port.bind(address, BACKLOG);
        return port;
    }

    private static String shown(ServerSocket port) {
        String host = port.getInetAddress().getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port.getLocalPort();
    }

    private static void daemon(String name, Runnable work) {
        Thread thread = new Thread(null, work, name, STACK);
        thread.setDaemon(true);
        thread.start();
    }

    private void log(String event) { System.err.println(options.name + ": " + event); }

    /** A thread for each task: platform threads are kept for a while, virtual ones are made anew. */
    private static Executor threads(String kind) {
        if (kind.equals("platform"))
            return new ThreadPoolExecutor(0, Integer.MAX_VALUE, 10, TimeUnit.SECONDS, new SynchronousQueue<>(),
                work -> new Thread(null, work, "herd", STACK));
        try {  // By reflection, so that a JDK 17 can compile this file.
            Object builder = Thread.class.getMethod("ofVirtual").invoke(null);
            Class<?> type = Class.forName("java.lang.Thread$Builder");
            ThreadFactory factory = (ThreadFactory) type.getMethod("factory").invoke(builder);
            return work -> factory.newThread(work).start();
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException("--threads virtual needs Java 21; this is " + Runtime.version());
        }
    }

    record Options(String name, InetSocketAddress listen, InetSocketAddress peerListen, Map<String, String> peers,
        URI places, int placesInFlight, int maxClients, String threads) {
        static final String USAGE = """
            usage: java HerdServer serve NAME [--listen ADDR] [--peer-listen ADDR] [--peer NAME=ADDR]...
                [--places none|google-legacy=http://HOST[:PORT][/PATH]] [--places-in-flight N] [--max-clients N]
                [--threads platform|virtual]""";
        private static final Map<String, String> DEFAULTS = Map.of(
            "--listen", "127.0.0.1:0", "--peer-listen", "127.0.0.1:0", "--places", "none",
            "--places-in-flight", "32", "--max-clients", "1024", "--threads", "platform");

        static Options parse(String... args) {
            demand(args.length >= 2 && args[0].equals("serve") && isName(args[1]), "expected: serve NAME");
            Map<String, String> flags = new HashMap<>(DEFAULTS), peers = new LinkedHashMap<>();
            for (int i = 2; i < args.length; i += 2) {
                String flag = args[i];
                demand(flag.equals("--peer") || DEFAULTS.containsKey(flag), flag + " is unknown");
                demand(i + 1 < args.length, flag + " needs a value");
                String value = args[i + 1], peer = value.replaceAll("=.*", "");
                if (!flag.equals("--peer")) {
                    flags.put(flag, value);
                    continue;
                }
                demand(isName(peer) && !peer.equals(args[1]) && value.contains("="),
                    "--peer takes NAME=ADDR, not " + value);
                address(value.substring(peer.length() + 1));
                demand(peers.put(peer, value.substring(peer.length() + 1)) == null, peer + " is a peer twice");
            }
            String places = flags.get("--places"), threads = flags.get("--threads");
            demand(places.matches("none|google-legacy=http://[^/?#]+(/[^?#]*)?"), "--places does not take " + places);
            demand(threads.matches("platform|virtual"), "--threads takes platform or virtual, not " + threads);
            URI base = places.equals("none") ? null : URI.create(places.replaceAll("^google-legacy=|/+$", ""));
            return new Options(args[1], address(flags.get("--listen")), address(flags.get("--peer-listen")), peers,
                base, count(flags, "--places-in-flight"), count(flags, "--max-clients"), threads);
        }

        private static int count(Map<String, String> flags, String flag) {
            String value = flags.get(flag);
            demand(value.matches("[1-9][0-9]{0,8}"), flag + " takes a number from 1 on, not " + value);
            return Integer.parseInt(value);
        }

        static InetSocketAddress address(String s) {
            demand(s.matches(".+:[0-9]{1,5}"), "\"" + s + "\" is no address: expected HOST:PORT");
            int colon = s.lastIndexOf(':');
            return new InetSocketAddress(s.substring(0, colon), Integer.parseInt(s.substring(colon + 1)));
        }

        private static void demand(boolean met, String complaint) {
            if (!met) throw new IllegalArgumentException(complaint);
        }
    }
}
