import java.io.File;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Date;
import java.util.Random;
import java.util.UUID;

import org.apache.cassandra.dht.Murmur3Partitioner;
import org.apache.cassandra.io.sstable.CQLSSTableWriter;

/**
 * Writes the table that the benchmarks read: 12 columns of mixed types, about 690 bytes a row, LZ4 in chunks of 16 KiB,
 * one row a partition. Arguments: the number of rows, the directory. The same arguments give the same rows.
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
        int rows = Integer.parseInt(arguments[0]);
        File directory = new File(arguments[1]);
        String[] words = new Random(1).ints(1500, 3, 12).mapToObj(BenchTable::word).toArray(String[]::new);
        try (CQLSSTableWriter writer = CQLSSTableWriter.builder().inDirectory(directory.getPath()).forTable(TABLE).using(INSERT)
                                                       .sorted().build())
        {
            for (long id : inTokenOrder(rows))
                writer.addRow(row(id, words));
        }
        System.exit(0);
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
