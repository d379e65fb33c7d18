import java.io.File;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Date;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import org.apache.cassandra.io.sstable.CQLSSTableWriter;

/**
 * Writes small tables with the bulk writer of a Cassandra before 4.0, which can do no more than INSERT and UPDATE: null
 * deletes a cell, and a collection that is written deletes what was in it.
 *
 * Arguments: the directory of a keyspace.
 */
public class OldSstables
{
    private static final long MICROS = 1_500_000_000_000_000L;

    private static File keyspace;

    public static void main(String[] arguments) throws Exception
    {
        keyspace = new File(arguments[0]);
        types();
        collections();
        compact();
        System.exit(0);
    }

    /** One statement of a table, executed with many values, is one SSTable. */
    private static void write(String table, String schema, String statement, List<Object[]> rows) throws Exception
    {
        File directory = new File(keyspace, table);
        directory.mkdirs();
        try (CQLSSTableWriter writer = CQLSSTableWriter.builder()
                .inDirectory(directory)
                .forTable("CREATE TABLE old." + table + " " + schema)
                .using(statement.replace("TABLE", "old." + table))
                .build())
        {
            for (Object[] row : rows)
                writer.addRow(row);
        }
    }

    private static void types() throws Exception
    {
        String schema = "(k int, c text, d timestamp, s text static, a ascii, b bigint, bl blob, bo boolean, "
                      + "de decimal, dou double, f float, i inet, si smallint, tiny tinyint, tu timeuuid, "
                      + "u uuid, v varint, PRIMARY KEY (k, c, d)) WITH CLUSTERING ORDER BY (c ASC, d DESC)";
        String insert = "INSERT INTO TABLE (k, c, d, s, a, b, bl, bo, de, dou, f, i, si, tiny, tu, u, v) "
                      + "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
                      + "USING TIMESTAMP " + MICROS + " AND TTL ?";
        List<Object[]> rows = new ArrayList<>();
        for (int i = 0; i < 6; i++)
            rows.add(new Object[] {
                i / 2, "c" + i, new Date(1_500_000_000_123L + i), "static", "ascii" + i, i == 4 ? null : Long.MIN_VALUE + i,
                ByteBuffer.wrap(new byte[] { 0, (byte) i, -1 }), i % 2 == 0, new BigDecimal("-1.50").scaleByPowerOfTen(i),
                i / 3.0, (float) i / 7, InetAddress.getByName(i % 2 == 0 ? "10.0.0." + i : "2001:db8::" + i), (short) -i,
                (byte) -i, UUID.fromString("50554d6e-29bb-11e5-b345-feff819cdc9" + i),
                new UUID(i, -i), BigInteger.TEN.pow(20 + i).negate(), i % 3 == 0 ? 0 : 200_000_000 + i });
        write("types", schema, insert, rows);
    }

    private static void collections() throws Exception
    {
        String schema = "(k text PRIMARY KEY, l list<int>, m map<text, int>, n int, s set<text>, "
                      + "z frozen<map<int, text>>)";
        List<Object[]> rows = new ArrayList<>();
        for (int i = 0; i < 4; i++)
        {
            Map<String, Integer> map = new LinkedHashMap<>();
            for (int j = 0; j < i; j++)
                map.put("key " + j, j);
            rows.add(new Object[] { Arrays.asList(i, i, -i), map, i, new HashSet<>(Arrays.asList("x", "y" + i)),
                                    Collections.singletonMap(i, "value"), "k" + i });
        }
        write("collections", schema, "INSERT INTO TABLE (l, m, n, s, z, k) VALUES (?, ?, ?, ?, ?, ?) USING TIMESTAMP " + MICROS, rows);
    }

    private static void compact() throws Exception
    {
        String insert = "INSERT INTO TABLE (k, c, v) VALUES (?, ?, ?) USING TIMESTAMP " + MICROS;
        List<Object[]> rows = new ArrayList<>();
        for (int i = 0; i < 300; i++)
            rows.add(new Object[] { i % 3, i, "value " + i });
        write("dense", "(k int, c int, v text, PRIMARY KEY (k, c)) WITH COMPACT STORAGE", insert, rows);
        write("static_compact", "(k int PRIMARY KEY, c int, v text) WITH COMPACT STORAGE", insert, rows);
        write("keys_alone", "(k int, c int, PRIMARY KEY (k, c)) WITH COMPACT STORAGE",
              "INSERT INTO TABLE (k, c) VALUES (?, ?) USING TIMESTAMP " + MICROS, rows(new Object[] { 1, 2 }, new Object[] { 3, 4 }));
    }

    private static List<Object[]> rows(Object[]... rows)
    {
        return Arrays.asList(rows);
    }
}
