<?php

/**
 * The central server that the herd was meant to replace: the commands of a herd, answered from one database.
 *
 * A POST carries command lines, and the body of its answer the reply lines, as src/protocol/PROTOCOL.md has them;
 * "section N" below is a section of it. There are no peers: every web server asks the same database.
 */

declare(strict_types=1);

namespace Herd;

const MAX_LINE = 4096;
const MAX_FUTURE_SKEW_S = 86_400;
const PLACES_CALL_S = 5;
const MAX_BODY = 1 << 20;

// Section 1.2. Neither \s nor \v, which know bytes beyond ASCII.
const SPACE = '[ \t\r\n\f\x0b]';
const FIELD = '[^ \t\r\n\f\x0b]';
const LATITUDE = '[+-](?:[0-8]?[0-9](?:\.[0-9]{1,15})?|90(?:\.0{1,15})?)';
const LONGITUDE = '[+-](?:(?:1[0-7][0-9]|0?[0-9]{1,2})(?:\.[0-9]{1,15})?|180(?:\.0{1,15})?)';
const IAMAT = '/\A' . SPACE . '*IAMAT' . SPACE . '+(' . FIELD . '{1,256})' . SPACE . '+(' . LATITUDE . LONGITUDE . ')'
    . SPACE . '+(([0-9]{1,10})(?:\.([0-9]{1,9}))?)' . SPACE . '*\z/D';
const WHATSAT = '/\A' . SPACE . '*WHATSAT' . SPACE . '+(' . FIELD . '{1,256})'
    . SPACE . '+([0-4]?[0-9](?:\.[0-9]{1,9})?|50(?:\.0{1,9})?)' . SPACE . '+([01]?[0-9]|20)' . SPACE . '*\z/D';

// Section 5: of two records the one with the later time wins, then the one with the greater line. Assignments are carried
// out from left to right, so the line is decided while the old time still stands.
const MERGE = 'INSERT INTO clients (id, stamp_ns, line) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE'
    . ' line = IF(VALUES(stamp_ns) > stamp_ns OR (VALUES(stamp_ns) = stamp_ns AND VALUES(line) > line), VALUES(line), line),'
    . ' stamp_ns = GREATEST(stamp_ns, VALUES(stamp_ns))';
const FIND = 'SELECT line FROM clients WHERE id = ?';

/** One row a client, in the database that all web servers share. */
final class Store
{
    private \PDO $database;

    /** Connects, or takes the connection that this process has kept. */
    public function __construct(string $address)
    {
        [$host, $port] = explode(':', $address);
        $this->database = new \PDO("mysql:host=$host;port=$port;dbname=herd;charset=binary", 'herd', 'herd', [
            \PDO::ATTR_PERSISTENT => true,
            \PDO::ATTR_ERRMODE => \PDO::ERRMODE_EXCEPTION,
            // The driver fills statements in: one round trip, where one prepared in the server takes two, as it does not
            // outlive the request. NOTES.md has what that costs.
            \PDO::ATTR_EMULATE_PREPARES => true,
        ]);
    }

    public function merge(string $id, int $stamp_ns, string $line): void
    {
        $this->database->prepare(MERGE)->execute([$id, $stamp_ns, $line]);
    }

    /** The client's AT line, or null. */
    public function find(string $id): ?string
    {
        $found = $this->database->prepare(FIND);
        $found->execute([$id]);
        $line = $found->fetchColumn();
        return $line === false ? null : $line;
    }
}

/** A call to the places service that failed: the status of the document, and its message. */
final class PlacesError extends \RuntimeException
{
    public function __construct(public readonly string $status, string $message)
    {
        parent::__construct($message);
    }
}

/** The places service, in the format of a Google Places Nearby Search. */
final class Places
{
    public function __construct(private readonly string $base, private readonly string $key)
    {
    }

    /** The document for what is near a location, also where the call failed. */
    public function nearby(string $at, string $radius_km, int $bound): string
    {
        preg_match('/\A\+?(-?[0-9.]+)\+?(-?[0-9.]+)\z/', $at, $location);
        $metres = rtrim(rtrim(sprintf('%.6F', (float) $radius_km * 1000), '0'), '.');
        $url = rtrim($this->base, '/') . "/maps/api/place/nearbysearch/json?location=$location[1],$location[2]&radius=$metres"
            . ($this->key === '' ? '' : '&key=' . rawurlencode($this->key));
        try {
            return self::cut($this->fetch($url), $bound);
        } catch (PlacesError $error) {
            return document($error->status, $error->getMessage());
        }
    }

    private function fetch(string $url): string
    {
        $context = stream_context_create(['http' => [
            'protocol_version' => 1.1,
            'header' => "Accept: application/json\r\nConnection: close",
            'timeout' => PLACES_CALL_S,
            'follow_location' => 0,
            'ignore_errors' => true,
        ]]);
        $body = @file_get_contents($url, false, $context, 0, MAX_BODY + 1);
        if ($body === false) {
            throw new PlacesError('UNKNOWN_ERROR', 'the call to places failed');
        }
        if (strlen($body) > MAX_BODY) {
            throw new PlacesError('UNKNOWN_ERROR', 'places sent more than 1 MiB');
        }
        $status = (int) explode(' ', $http_response_header[0])[1];
        if ($status !== 200) {
            $reason = match ($status) {
                401, 403 => 'REQUEST_DENIED',
                429 => 'OVER_QUERY_LIMIT',
                default => 'UNKNOWN_ERROR',
            };
            throw new PlacesError($reason, "places answered with HTTP status $status");
        }
        return $body;
    }

    /** The provider's document with at most so many results, in one line. */
    private static function cut(string $body, int $bound): string
    {
        $document = json_decode($body);
        if (!is_object($document) || !is_array($document->results ?? null) || !is_string($document->status ?? null)) {
            throw new PlacesError('UNKNOWN_ERROR', 'places answered with a malformed body');
        }
        if (!in_array($document->status, ['OK', 'ZERO_RESULTS'], true)) {
            $known = in_array($document->status, ['OVER_QUERY_LIMIT', 'REQUEST_DENIED'], true);
            $reason = $known ? $document->status : 'UNKNOWN_ERROR';
            throw new PlacesError($reason, "places answered with an error, $reason");
        }
        if (count($document->results) > $bound) {
            $document->results = array_slice($document->results, 0, $bound);
            unset($document->next_page_token);
        }
        $document->html_attributions ??= [];
        return json_encode($document, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_PRESERVE_ZERO_FRACTION);
    }
}

/** A document without results. */
function document(string $status, string $message = ''): string
{
    $document = ['html_attributions' => [], 'results' => [], 'status' => $status];
    return json_encode($message === '' ? $document : $document + ['error_message' => $message]);
}

/** What one request is answered from. */
final class Server
{
    private ?Store $store = null;

    public function __construct(
        private readonly string $name,
        private readonly string $database,
        private readonly ?Places $places,
    ) {
    }

    public static function ofEnvironment(): self
    {
        [$provider, $base] = explode('=', $_SERVER['HERD_PLACES'] ?? 'none', 2) + [1 => ''];
        $places = $provider === 'google-legacy' ? new Places($base, $_SERVER['HERD_PLACES_KEY'] ?? '') : null;
        return new self($_SERVER['HERD_NAME'], $_SERVER['HERD_DATABASE'], $places);
    }

    /** The replies to the lines of a body. */
    public function answer(string $body): string
    {
        $lines = explode("\n", $body);
        $last = array_pop($lines);
        if ($last !== '') {
            $lines[] = $last;
        }
        $replies = '';
        foreach ($lines as $line) {
            $line = str_ends_with($line, "\r") ? substr($line, 0, -1) : $line;
            if (strlen($line) > MAX_LINE) {
                header('Connection: close');
                return $replies . '? ' . substr($line, 0, MAX_LINE) . "\n";
            }
            $replies .= $this->reply($line) ?? "? $line\n";
        }
        return $replies;
    }

    /** The reply to a line with its LF, or null where it is invalid. */
    private function reply(string $line): ?string
    {
        if (preg_match(IAMAT, $line, $iamat)) {
            return $this->iamat($iamat[1], $iamat[2], $iamat[3], (int) $iamat[4], $iamat[5] ?? '');
        }
        if (preg_match(WHATSAT, $line, $whatsat)) {
            return $this->whatsat($whatsat[1], $whatsat[2], (int) $whatsat[3]);
        }
        return null;
    }

    private function iamat(string $id, string $location, string $time, int $seconds, string $decimals): ?string
    {
        [$fraction, $now_s] = explode(' ', microtime());
        // Beyond it seconds in nanoseconds would not fit an integer either.
        if ($seconds > (int) $now_s + MAX_FUTURE_SKEW_S) {
            return null;
        }
        $stamp_ns = $seconds * 1_000_000_000 + (int) str_pad($decimals, 9, '0');
        // microtime() writes 0.12345600: microseconds are all the clock that PHP has.
        $skew_ns = (int) $now_s * 1_000_000_000 + (int) substr($fraction, 2, 6) * 1_000 - $stamp_ns;
        if (-$skew_ns > MAX_FUTURE_SKEW_S * 1_000_000_000) {
            return null;
        }
        $sign = $skew_ns < 0 ? '-' : '+';
        $skew = sprintf('%s%d.%09d', $sign, intdiv(abs($skew_ns), 1_000_000_000), abs($skew_ns) % 1_000_000_000);
        $line = "AT {$this->name} $skew $id $location $time";
        $this->store()->merge($id, $stamp_ns, $line);
        return "$line\n";
    }

    private function whatsat(string $id, string $radius_km, int $bound): ?string
    {
        $line = $this->store()->find($id);
        if ($line === null) {
            return null;
        }
        $isEmpty = $this->places === null || $bound === 0 || trim($radius_km, '0.') === '';
        $location = explode(' ', $line)[4];
        $document = $isEmpty ? document('ZERO_RESULTS') : $this->places->nearby($location, $radius_km, $bound);
        return "$line\n$document\n\n";
    }

    private function store(): Store
    {
        return $this->store ??= new Store($this->database);
    }
}

header('Content-Type: text/plain');
try {
    $replies = Server::ofEnvironment()->answer(file_get_contents('php://input'));
} catch (\PDOException) {
    http_response_code(503);
    $replies = "ERR the database does not answer\n";
}
header('Content-Length: ' . strlen($replies));
echo $replies;
