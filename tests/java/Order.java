import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import org.apache.cassandra.config.DatabaseDescriptor;
import org.apache.cassandra.db.BufferClusteringBound;
import org.apache.cassandra.db.BufferClusteringBoundary;
import org.apache.cassandra.db.Clustering;
import org.apache.cassandra.db.ClusteringComparator;
import org.apache.cassandra.db.ClusteringPrefix;
import org.apache.cassandra.db.DecoratedKey;
import org.apache.cassandra.db.marshal.AbstractType;
import org.apache.cassandra.db.marshal.TypeParser;
import org.apache.cassandra.dht.IPartitioner;
import org.apache.cassandra.dht.LocalPartitioner;
import org.apache.cassandra.utils.ByteBufferUtil;
import org.apache.cassandra.utils.FBUtilities;
import org.apache.cassandra.utils.bytecomparable.ByteComparable;
import org.apache.cassandra.utils.bytecomparable.ByteSource;

/**
 * Says how Cassandra orders pairs of values, places in a partition, and partition keys, and what their byte-comparable forms
 * are. A request is a line of fields between tabs, bytes in hexadecimal:
 *
 *   value       TYPE  A  B
 *   clustering  TYPE/TYPE/..  KIND  A/A/..  KIND  B/B/..      a null is a dash
 *   key         PARTITIONER  TYPE  A  B                       the type is of the keys of LocalPartitioner
 *
 * The answer is a line: -1, 0 or 1, then forms between tabs, a dash where there is none: of both, for keys also of the places
 * before and behind the first.
 */
public class Order
{
    static final ByteComparable.Version VERSION = ByteComparable.Version.OSS50;

    public static void main(String[] arguments) throws Exception
    {
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.US_ASCII);
        DatabaseDescriptor.clientInitialization();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine())
        {
            String[] fields = line.split("\t", -1);
            try
            {
                out.print(answer(fields));
            }
            catch (Throwable e)
            {
                out.print("error\t" + e.toString().replaceAll("\\s+", " "));
            }
            out.print('\n');
        }
        out.flush();
        System.exit(0);
    }

    static String answer(String[] fields) throws Exception
    {
        switch (fields[0])
        {
            case "value": return values(TypeParser.parse(fields[1]), bytes(fields[2]), bytes(fields[3]));
            case "clustering": return clusterings(fields);
            case "key": return keys(partitioner(fields[1], fields[2]), bytes(fields[3]), bytes(fields[4]));
            default: throw new IllegalArgumentException(fields[0]);
        }
    }

    static String values(AbstractType<?> type, ByteBuffer a, ByteBuffer b)
    {
        return answer(type.compare(a, b), type.asComparableBytes(a, VERSION), type.asComparableBytes(b, VERSION));
    }

    static String clusterings(String[] fields) throws Exception
    {
        List<AbstractType<?>> types = new ArrayList<>();
        for (String type : fields[1].split("/"))
            types.add(TypeParser.parse(type));
        ClusteringComparator comparator = new ClusteringComparator(types);
        ClusteringPrefix<?> a = prefix(fields[2], fields[3]);
        ClusteringPrefix<?> b = prefix(fields[4], fields[5]);
        return answer(comparator.compare(a, b), comparator.asByteComparable(a).asComparableBytes(VERSION),
                      comparator.asByteComparable(b).asComparableBytes(VERSION));
    }

    static ClusteringPrefix<?> prefix(String name, String text)
    {
        String[] hex = text.isEmpty() ? new String[0] : text.substring(1).split("/", -1);
        ByteBuffer[] values = new ByteBuffer[hex.length];
        for (int i = 0; i < values.length; i++)
            values[i] = hex[i].equals("-") ? null : bytes(hex[i]);
        ClusteringPrefix.Kind kind = ClusteringPrefix.Kind.valueOf(name);
        if (kind == ClusteringPrefix.Kind.STATIC_CLUSTERING)
            return Clustering.STATIC_CLUSTERING;
        if (kind == ClusteringPrefix.Kind.CLUSTERING)
            return Clustering.make(values);
        return kind.isBoundary() ? BufferClusteringBoundary.create(kind, values) : BufferClusteringBound.create(kind, values);
    }

    static IPartitioner partitioner(String name, String type) throws Exception
    {
        return name.equals("LocalPartitioner") ? new LocalPartitioner(TypeParser.parse(type)) : FBUtilities.newPartitioner(name);
    }

    static String keys(IPartitioner partitioner, ByteBuffer a, ByteBuffer b)
    {
        DecoratedKey first = partitioner.decorateKey(a);
        DecoratedKey second = partitioner.decorateKey(b);
        return answer(first.compareTo(second), first.asComparableBytes(VERSION), second.asComparableBytes(VERSION),
                      first.asComparableBound(true).asComparableBytes(VERSION),
                      first.asComparableBound(false).asComparableBytes(VERSION));
    }

    static String answer(int order, ByteSource... forms)
    {
        StringBuilder answer = new StringBuilder().append(Integer.signum(order));
        for (ByteSource form : forms)
        {
            answer.append('\t');
            if (form == null)
                answer.append('-');
            else
                for (int b = form.next(); b != ByteSource.END_OF_STREAM; b = form.next())
                    answer.append(Character.forDigit(b >> 4, 16)).append(Character.forDigit(b & 15, 16));
        }
        return answer.toString();
    }

    static ByteBuffer bytes(String hex)
    {
        return ByteBufferUtil.hexToBytes(hex);
    }
}
