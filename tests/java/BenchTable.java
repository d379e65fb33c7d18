import java.io.File;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Date;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;

import org.apache.cassandra.config.DatabaseDescriptor;
import org.apache.cassandra.db.ColumnFamilyStore;
import org.apache.cassandra.db.Keyspace;
import org.apache.cassandra.db.compaction.CompactionManager;
import org.apache.cassandra.db.compaction.CompactionTask;
import org.apache.cassandra.db.compaction.OperationType;
import org.apache.cassandra.db.lifecycle.LifecycleTransaction;
import org.apache.cassandra.dht.Murmur3Partitioner;
import org.apache.cassandra.io.sstable.CQLSSTableWriter;
import org.apache.cassandra.io.sstable.Descriptor;
import org.apache.cassandra.io.sstable.format.SSTableReader;

/**
 * Writes the table that the benchmarks read: 12 columns of mixed types, about 690 bytes a row, LZ4 in chunks of 16 KiB,
 * one row a partition. The same arguments give the same rows. Arguments:
 *
 *   table ROWS DIRECTORY               writes it
 *   write ROWS SCRATCH ROUNDS          writes it again and again, in one warm JVM, from rows that were made before
 *   compact INPUTS SCRATCH ROUNDS      compacts all SSTables of a directory again and again, in one warm JVM
 *
 * The last two use an empty directory for their files, and print the wall and the processor seconds of each round.
 */
public class BenchTable
{
    static final String TABLE =
        "CREATE TABLE bench.orders (id bigint PRIMARY KEY, amount bigint, items int, price double, name text, email text, "
        + "address text, state text, remarks text, placed timestamp, receipt uuid, paid boolean, signature blob) "
        + "WITH compression = {'class': 'LZ4Compressor', 'chunk_length_in_kb': 16}";

    static final String INSERT =
        "INSERT INTO bench.orders (id, amount, items, price, name, email, address, state, remarks, placed, receipt, paid, "
        + "signature) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP 1700000000000000";

    static final String[] STATES = { "open", "paid", "packed", "shipped", "returned" };

    public static void main(String[] arguments) throws Exception
    {
        switch (arguments[0])
        {
            case "table" -> write(new File(arguments[2]), rows(Integer.parseInt(arguments[1])));
            case "write" -> writeAgain(Integer.parseInt(arguments[1]), Path.of(arguments[2]), Integer.parseInt(arguments[3]));
            case "compact" -> compactAgain(Path.of(arguments[1]), Path.of(arguments[2]), Integer.parseInt(arguments[3]));
            default -> throw new IllegalArgumentException(arguments[0]);
        }
        System.exit(0);
    }

    static Iterable<Object[]> rows(int count)
    {
        String[] words = new Random(1).ints(1500, 3, 12).mapToObj(BenchTable::word).toArray(String[]::new);
        return () -> Arrays.stream(inTokenOrder(count)).mapToObj(id -> row(id, words)).iterator();
    }

    static CQLSSTableWriter writer(File directory)
    {
        return CQLSSTableWriter.builder().inDirectory(directory.getPath()).forTable(TABLE).using(INSERT).sorted().build();
    }

    static void write(File directory, Iterable<Object[]> rows) throws Exception
    {
        try (CQLSSTableWriter writer = writer(directory))
        {
            for (Object[] row : rows)
                writer.addRow(row);
        }
    }

    static void writeAgain(int count, Path scratch, int rounds) throws Exception
    {
        List<Object[]> rows = new ArrayList<>();
        rows(count).forEach(rows::add);
        for (int round = 0; round < rounds; round++)
        {
            Path directory = Files.createDirectory(scratch.resolve("round"));
            long begin = System.nanoTime(), busy = busyMillis();
            write(directory.toFile(), rows);
            tell(begin, busy);
            remove(directory);
        }
    }

    static void compactAgain(Path from, Path scratch, int rounds) throws Exception
    {
        DatabaseDescriptor.toolInitialization();
        DatabaseDescriptor.getRawConfig().data_file_directories = new String[]{ scratch.resolve("data").toString() };
        DatabaseDescriptor.setCompactionThroughputMebibytesPerSec(0);
        writer(Files.createDirectory(scratch.resolve("unused")).toFile()); // makes the table known
        ColumnFamilyStore table = Keyspace.openWithoutSSTables("bench").getColumnFamilyStore("orders");
        Path inputs = Files.createDirectories(scratch.resolve("inputs/bench/orders-" + table.metadata().id.toHexString()));
        try (Stream<Path> files = Files.list(from))
        {
            for (Path file : files.toList())
                Files.createLink(inputs.resolve(file.getFileName()), file);
        }
        for (int round = 0; round < rounds; round++)
        {
            List<SSTableReader> readers = new ArrayList<>();
            for (File file : inputs.toFile().listFiles((directory, name) -> name.endsWith("-Data.db")))
            {
                Descriptor descriptor = Descriptor.fromFile(new org.apache.cassandra.io.util.File(file));
                readers.add(SSTableReader.openNoValidation(descriptor, descriptor.discoverComponents(), table));
            }
            long begin = System.nanoTime(), busy = busyMillis();
            LifecycleTransaction transaction = LifecycleTransaction.offline(OperationType.COMPACTION, readers);
            new CompactionTask(table, transaction, CompactionManager.NO_GC, true).execute(null);
            tell(begin, busy);
        }
    }

    static long busyMillis()
    {
        return ProcessHandle.current().info().totalCpuDuration().orElseThrow().toMillis();
    }

    static void tell(long begin, long busy)
    {
        System.out.printf("%.2f %.2f%n", (System.nanoTime() - begin) / 1e9, (busyMillis() - busy) / 1e3);
    }

    static void remove(Path directory) throws Exception
    {
        try (Stream<Path> files = Files.walk(directory))
        {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList())
                Files.delete(file);
        }
    }

    /** A writer of sorted rows takes them in the order of their tokens. */
    static long[] inTokenOrder(int rows)
    {
        long[][] tokens = new long[rows][];
        for (int id = 0; id < rows; id++)
        {
            ByteBuffer key = ByteBuffer.allocate(8).putLong(0, id);
            tokens[id] = new long[]{ (Long) Murmur3Partitioner.instance.getToken(key).getTokenValue(), id };
        }
        Arrays.sort(tokens, (a, b) -> Long.compare(a[0], b[0]));
        return Arrays.stream(tokens).mapToLong(token -> token[1]).toArray();
    }

    static Object[] row(long id, String[] words)
    {
        Random random = new Random(id * 0x9E3779B97F4A7C15L);
        byte[] signature = new byte[96];
        random.nextBytes(signature);
        Arrays.fill(signature, 40, 96, (byte) 0); // half of it compresses
        String name = text(random, words, 12);
        return new Object[]{
            id, random.nextLong() >>> (8 * random.nextInt(8)), random.nextInt(100_000), random.nextInt(1_000_000) / 100.0,
            name, name.replace(' ', '.') + "@example.org", random.nextInt(999) + " " + text(random, words, 32),
            STATES[random.nextInt(STATES.length)], text(random, words, 400 + random.nextInt(100)),
            new Date(1_600_000_000_000L + random.nextInt(Integer.MAX_VALUE) * 90L), new UUID(random.nextLong(), random.nextLong()),
            random.nextInt(4) == 0, ByteBuffer.wrap(signature)
        };
    }

    static String word(int length)
    {
        Random random = new Random(length * 31L + seed++);
        return random.ints(length, 'a', 'z' + 1).collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
    }

    static int seed;

    /** Words as languages have them: most come from a small part of the list. */
    static String text(Random random, String[] words, int length)
    {
        StringBuilder text = new StringBuilder(length + 12);
        while (text.length() < length)
            text.append(words[random.nextInt(4) != 0 ? random.nextInt(50) : random.nextInt(words.length)]).append(' ');
        return text.toString().trim();
    }
}
