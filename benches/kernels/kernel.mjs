// JavaScript's kernel: README.md says what it does.
import { PerformanceObserver, performance } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';

const [HELD, LOOK, UNITS, STEPS] = [200_000, 256, 8, 30_000_000];

async function allocate(count) {
  let collection = 0;
  let pause = 0;
  const observer = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) {
      collection += duration;
      pause = Math.max(pause, duration);
    }
  });
  observer.observe({ entryTypes: ['gc'] });
  const held = new Array(HELD).fill(null);
  const began = performance.now();
  let last = began;
  let longest = 0;
  for (let n = 0; n < count; n++) {
    held[n % HELD] = { time: n, latitude: n * 0.5, longitude: n * 0.25 };
    if (n % LOOK === 0) {
      const now = performance.now();
      longest = Math.max(longest, now - last);
      last = now;
    }
  }
  const wall = performance.now() - began;
  for (let i = 0; i < 3; i++) await turn(); // entries come in a later turn of the loop
  observer.disconnect();
  const check = held.reduce((sum, one) => (one ? sum + one.time + one.latitude + one.longitude : sum), 0);
  console.log(
    `ready wall_ms=${wall} collection_ms=${collection} longest_pause_ms=${pause} longest_gap_ms=${longest} check=${check}`,
  );
}

/** The units are shared out evenly; each is the same work, and none shares memory with another. */
async function compute(count) {
  const began = performance.now();
  const workers = Array.from({ length: count }, () => {
    const worker = new Worker(new URL(import.meta.url), { workerData: UNITS / count });
    return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  });
  const check = (await Promise.all(workers)).reduce((sum, one) => sum + one, 0);
  console.log(`ready wall_ms=${performance.now() - began} check=${check}`);
}

function work(units) {
  let x = 1;
  for (let step = 0; step < units * STEPS; step++) x = (Math.imul(x, 31) + step) & 0x3fffffff;
  return x;
}

if (isMainThread) {
  const [verb, count] = process.argv.slice(2);
  if (verb === 'allocate') await allocate(Number(count));
  else if (verb === 'compute') await compute(Number(count));
  else throw new Error('usage: kernel.mjs allocate OBJECTS | compute THREADS');
  setInterval(() => {}, 1 << 30);
} else {
  parentPort.postMessage(work(workerData));
}
