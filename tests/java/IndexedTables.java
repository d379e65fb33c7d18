import java.io.File;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Random;

import org.apache.cassandra.config.DatabaseDescriptor;
import org.apache.cassandra.dht.Murmur3Partitioner;
import org.apache.cassandra.io.sstable.CQLSSTableWriter;
import org.apache.cassandra.utils.TimeUUID;

/**
 * Writes tables of which the index is large. Arguments: the kind of table, "big" or "bti", the size of index blocks in
 * KiB, the number of rows or ranges, the directory. The same arguments give the same rows.
 */
public class IndexedTables
{
    static final int WIDE_PARTITIONS = 4;

    public static void main(String[] arguments) throws Exception
    {
        String kind = arguments[0];
        int rows = Integer.parseInt(arguments[3]);
        String table = switch (kind)
        {
            case "many" -> "CREATE TABLE indexed.many (k bigint PRIMARY KEY, v int)";
            case "wide" -> "CREATE TABLE indexed.wide (k bigint, a smallint, b text, c decimal, d timeuuid, e blob, v text, "
                           + "PRIMARY KEY (k, a, b, c, d, e)) WITH CLUSTERING ORDER BY (a ASC, b DESC, c ASC, d DESC, e ASC)";
            case "deep" -> "CREATE TABLE indexed.deep (k bigint, c text, v text, PRIMARY KEY (k, c))";
            case "ranges" -> "CREATE TABLE indexed.ranges (k bigint, a varint, b text, v int, PRIMARY KEY (k, a, b)) "
                             + "WITH CLUSTERING ORDER BY (a DESC, b ASC)";
            default -> throw new IllegalArgumentException(kind);
        };
        String statement = switch (kind)
        {
            case "many" -> "INSERT INTO indexed.many (k, v) VALUES (?, ?) USING TIMESTAMP 1700000000000000";
            case "wide" -> "INSERT INTO indexed.wide (k, a, b, c, d, e, v) VALUES (?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP 1700000000000000";
            case "deep" -> "INSERT INTO indexed.deep (k, c, v) VALUES (?, ?, ?) USING TIMESTAMP 1700000000000000";
            default -> "DELETE FROM indexed.ranges USING TIMESTAMP ? WHERE k = ? AND a = ? AND b >= ? AND b < ?";
        };
        CQLSSTableWriter.Builder builder = CQLSSTableWriter.builder().inDirectory(new File(arguments[4]).getPath()).forTable(table)
                                                           .using(statement).sorted();
        builder.withFormat(DatabaseDescriptor.getSSTableFormats().get(arguments[1]));
        DatabaseDescriptor.setColumnIndexSizeInKiB(Integer.parseInt(arguments[2]));
        try (CQLSSTableWriter writer = builder.build())
        {
            long[] keys = inTokenOrder(kind.equals("many") ? rows : WIDE_PARTITIONS);
            Random random = new Random(rows);
            for (long key : keys)
                if (kind.equals("many"))
                    writer.addRow(key, (int) key);
                else
                    for (int i = 0; i < rows / WIDE_PARTITIONS; i++)
                        writer.addRow(row(kind, key, i, random));
        }
        System.exit(0);
    }

    /** A writer of sorted rows takes them in the order of their tokens. */
    static long[] inTokenOrder(int rows)
    {
        long[][] tokens = new long[rows][];
        Random random = new Random(7);
        for (int i = 0; i < rows; i++)
        {
            long id = random.nextLong();
            ByteBuffer key = ByteBuffer.allocate(8).putLong(0, id);
            tokens[i] = new long[]{ (Long) Murmur3Partitioner.instance.getToken(key).getTokenValue(), id };
        }
        Arrays.sort(tokens, (a, b) -> Long.compare(a[0], b[0]));
        return Arrays.stream(tokens).mapToLong(token -> token[1]).toArray();
    }

    static Object[] row(String kind, long key, int number, Random random)
    {
        return switch (kind)
        {
            case "wide" -> new Object[]{
                key, (short) random.nextInt(3), word(random), new BigDecimal(BigInteger.valueOf(random.nextInt(2000) - 1000), random.nextInt(3)),
                TimeUUID.atUnixMicrosWithLsbAsUUID(1_600_000_000_000_000L + random.nextInt(100), random.nextLong()), blob(random),
                "x".repeat(random.nextInt(60))
            };
            case "deep" -> new Object[]{ key, deep(random), "x".repeat(random.nextInt(300)) };
            default -> {
                String word = word(random);
                yield new Object[]{ 1_700_000_000_000_000L + number, key, BigInteger.valueOf(number - 1000).pow(1 + number % 3), word, word + "z" };
            }
        };
    }

    static String word(Random random)
    {
        return "abab\u00ff".substring(0, random.nextInt(6)).repeat(random.nextInt(3)) + (random.nextInt(3) == 0 ? "" : random.nextInt(50));
    }

    static ByteBuffer blob(Random random)
    {
        byte[] bytes = new byte[random.nextInt(12)];
        random.nextBytes(bytes);
        for (int i = 0; i < bytes.length; i++)
            if (random.nextInt(2) == 0)
                bytes[i] = (byte) (random.nextBoolean() ? 0 : 0xFF);
        return ByteBuffer.wrap(bytes);
    }

    /** Keys that share up to 6,000 bytes. */
    static String deep(Random random)
    {
        return "d".repeat(random.nextInt(4) == 0 ? random.nextInt(6000) : 3000 + random.nextInt(100)) + random.nextInt(1_000_000);
    }
}
