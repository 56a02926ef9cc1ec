// A TLS listener from what Node.js brings: `listener.mjs CERTIFICATE KEY`. It sends each line back.
import { readFileSync } from 'node:fs';
import tls from 'node:tls';

const [cert, key] = process.argv.slice(2).map((path) => readFileSync(path));
const server = tls.createServer({ cert, key }, (socket) => {
  socket.on('error', () => {});
  socket.on('data', (data) => socket.end(data));
});
server.listen(0, '127.0.0.1', () => console.log(`ready 127.0.0.1:${server.address().port}`));
