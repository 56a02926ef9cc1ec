import com.sun.management.GarbageCollectionNotificationInfo;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import javax.management.NotificationEmitter;
import javax.management.openmbean.CompositeData;

/** Java's kernel: README.md says what it does. */
public final class Kernel {
    static final int HELD = 200_000, LOOK = 256, UNITS = 8;
    static final long STEPS = 30_000_000;

    static final class Thing {
        final long time;
        final double latitude, longitude;

        Thing(long n) {
            time = n;
            latitude = n * 0.5;
            longitude = n * 0.25;
        }
    }

    public static void main(String[] args) throws InterruptedException {
        switch (args.length == 2 ? args[0] : "") {
            case "allocate" -> allocate(Integer.parseInt(args[1]));
            case "compute" -> compute(Integer.parseInt(args[1]));
            default -> throw new IllegalArgumentException("usage: Kernel allocate OBJECTS | compute THREADS");
        }
        Thread.sleep(Long.MAX_VALUE);
    }

    static void allocate(int count) throws InterruptedException {
        AtomicLong longestPause = new AtomicLong(), told = new AtomicLong();
        List<GarbageCollectorMXBean> collectors = ManagementFactory.getGarbageCollectorMXBeans();
        for (GarbageCollectorMXBean collector : collectors) {
            ((NotificationEmitter) collector).addNotificationListener((notification, unused) -> {
                var collection = GarbageCollectionNotificationInfo.from((CompositeData) notification.getUserData());
                longestPause.accumulateAndGet(collection.getGcInfo().getDuration(), Math::max);
                told.incrementAndGet();
            }, null, null);
        }
        long before = collectionMs(collectors);
        Thing[] held = new Thing[HELD];
        long began = System.nanoTime(), last = began, longest = 0;
        for (int n = 0; n < count; n++) {
            held[n % HELD] = new Thing(n);
            if (n % LOOK == 0) {
                long now = System.nanoTime();
                longest = Math.max(longest, now - last);
                last = now;
            }
        }
        long wall = System.nanoTime() - began, collection = collectionMs(collectors) - before;
        double sum = 0;
        for (Thing thing : held) if (thing != null) sum += thing.time + thing.latitude + thing.longitude;
        long made = collectors.stream().mapToLong(GarbageCollectorMXBean::getCollectionCount).sum();
        for (int i = 0; i < 200 && told.get() < made; i++) Thread.sleep(5); // a thread of its own tells, and comes later
        System.out.printf("ready wall_ms=%s collection_ms=%d longest_pause_ms=%d longest_gap_ms=%s check=%s%n",
            wall / 1e6, collection, longestPause.get(), longest / 1e6, sum);
    }

    static long collectionMs(List<GarbageCollectorMXBean> collectors) {
        return collectors.stream().mapToLong(GarbageCollectorMXBean::getCollectionTime).sum();
    }

    /** The units are shared out evenly; each is the same work, and none shares memory with another. */
    static void compute(int threads) throws InterruptedException {
        long began = System.nanoTime();
        long[] results = new long[threads];
        List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            int own = i;
            workers.add(new Thread(() -> results[own] = work(UNITS / threads)));
        }
        workers.forEach(Thread::start);
        long sum = 0;
        for (Thread worker : workers) worker.join();
        for (long result : results) sum += result;
        System.out.printf("ready wall_ms=%s check=%d%n", (System.nanoTime() - began) / 1e6, sum);
    }

    static long work(int units) {
        long x = 1;
        for (long step = 0; step < units * STEPS; step++) x = x * 31 + step & 0x3fffffff;
        return x;
    }
}
