import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

import org.apache.cassandra.config.DatabaseDescriptor;
import org.apache.cassandra.db.BufferDecoratedKey;
import org.apache.cassandra.db.ColumnFamilyStore;
import org.apache.cassandra.db.DataRange;
import org.apache.cassandra.db.DecoratedKey;
import org.apache.cassandra.db.Directories;
import org.apache.cassandra.db.PartitionPosition;
import org.apache.cassandra.db.Slices;
import org.apache.cassandra.db.compaction.CompactionLogger;
import org.apache.cassandra.db.compaction.CompactionStrategyManager;
import org.apache.cassandra.db.compaction.LeveledCompactionStrategy;
import org.apache.cassandra.db.compaction.LeveledManifest;
import org.apache.cassandra.db.compaction.ShardManager;
import org.apache.cassandra.db.compaction.ShardManagerNoDisks;
import org.apache.cassandra.db.compaction.ShardTracker;
import org.apache.cassandra.db.compaction.SizeTieredCompactionStrategy;
import org.apache.cassandra.db.compaction.TimeWindowCompactionStrategy;
import org.apache.cassandra.db.compaction.UnifiedCompactionStrategy;
import org.apache.cassandra.db.compaction.unified.Controller;
import org.apache.cassandra.db.filter.ColumnFilter;
import org.apache.cassandra.db.lifecycle.SSTableIntervalTree;
import org.apache.cassandra.db.lifecycle.Tracker;
import org.apache.cassandra.db.lifecycle.View;
import org.apache.cassandra.db.memtable.Memtable;
import org.apache.cassandra.db.partitions.UnfilteredPartitionIterator;
import org.apache.cassandra.db.rows.UnfilteredRowIterator;
import org.apache.cassandra.dht.AbstractBounds;
import org.apache.cassandra.dht.IPartitioner;
import org.apache.cassandra.dht.Murmur3Partitioner;
import org.apache.cassandra.dht.Range;
import org.apache.cassandra.dht.Splitter;
import org.apache.cassandra.dht.Token;
import org.apache.cassandra.io.sstable.AbstractRowIndexEntry;
import org.apache.cassandra.io.sstable.Descriptor;
import org.apache.cassandra.io.sstable.IVerifier;
import org.apache.cassandra.io.sstable.KeyReader;
import org.apache.cassandra.io.sstable.SSTableReadsListener;
import org.apache.cassandra.io.sstable.SequenceBasedSSTableId;
import org.apache.cassandra.io.sstable.format.SSTableReader;
import org.apache.cassandra.io.util.File;
import org.apache.cassandra.metrics.RestorableMeter;
import org.apache.cassandra.schema.CompactionParams;
import org.apache.cassandra.utils.EstimatedHistogram;
import org.apache.cassandra.utils.Interval;
import org.apache.cassandra.utils.OutputHandler;

/**
 * Says what Cassandra's compaction strategies choose among SSTables of which nothing is there but what is known of them. A
 * request is a line of fields between tabs:
 *
 *   parameters  NAME=VALUE ..                                    the compaction map of a table
 *   choose      MAP  CONTEXT  SSTABLES                           what the strategy of the map takes next
 *   shards      MAP  DENSITY  LOCAL-RANGES                       how many shards, and where they end
 *
 * A map is NAME=VALUE;.. The context is GC-BEFORE,MEMTABLE-MIN-TIMESTAMP,FLUSH-SIZE,IS-EXPIRED-CHECK-DUE,HIGHEST-WINDOW,COUNTER/..,
 * LOCAL-RANGES with a dash for what is not there. SSTables are between semicolons, their fields between commas, as Known.parse
 * reads them; the strategy is that of the group of the first one.
 * The answer is a line of fields between tabs; doubles are the bits in hexadecimal.
 */
public class Compactions
{
    static final sun.misc.Unsafe UNSAFE = unsafe();
    static final long NOW = System.currentTimeMillis();

    public static void main(String[] arguments) throws Exception
    {
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        DatabaseDescriptor.daemonInitialization();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine())
        {
            try
            {
                out.print(answer(line.split("\t", -1)));
            }
            catch (Throwable e)
            {
                Throwable cause = e instanceof java.lang.reflect.InvocationTargetException ? e.getCause() : e;
                out.print("error\t" + String.valueOf(cause.getMessage()).replaceAll("\\s+", " "));
                if (!(cause instanceof org.apache.cassandra.exceptions.ConfigurationException))
                    out.print("\t" + cause.getClass().getName() + Arrays.toString(cause.getStackTrace()));
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
            case "parameters":
                CompactionParams.fromMap(map(Arrays.asList(fields).subList(1, fields.length))).validate();
                return "ok";
            case "choose":
                return new Table(map(Arrays.asList(fields[1].split(";"))), fields[2].split(",", -1), fields[3]).choose();
            case "shards":
                return shards(map(Arrays.asList(fields[1].split(";"))), Double.parseDouble(fields[2]), fields[3]);
            default: throw new IllegalArgumentException(fields[0]);
        }
    }

    static Map<String, String> map(List<String> pairs)
    {
        Map<String, String> map = new LinkedHashMap<>();
        for (String pair : pairs)
            map.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
        return map;
    }

    static String shards(Map<String, String> map, double density, String ranges)
    {
        map.remove("class");
        ShardManager manager = new ShardManagerNoDisks(localRanges(ranges));
        int count = Controller.fromOptions(null, map).getNumShards(density);
        StringBuilder answer = new StringBuilder().append(count).append('\t').append(bits(manager.localSpaceCoverage())).append('\t');
        ShardTracker tracker = manager.boundaries(Math.min(count, 64));
        for (Token end = tracker.shardEnd(); end != null; end = tracker.shardEnd())
        {
            answer.append(end).append(',');
            tracker.advanceTo(end.nextValidToken());
        }
        return answer.toString();
    }

    /** LEFT:RIGHT/.., or a dash for all. */
    static ColumnFamilyStore.VersionedLocalRanges localRanges(String text)
    {
        if (text.equals("-"))
            return ColumnFamilyStore.fullWeightedRange(ColumnFamilyStore.RING_VERSION_IRRELEVANT, Murmur3Partitioner.instance);
        ColumnFamilyStore.VersionedLocalRanges ranges =
            new ColumnFamilyStore.VersionedLocalRanges(ColumnFamilyStore.RING_VERSION_IRRELEVANT, 8);
        for (String range : text.split("/"))
            ranges.add(new Splitter.WeightedRange(1.0, new Range<>(token(range.split(":")[0]), token(range.split(":")[1]))));
        return ranges;
    }

    static Token token(String text)
    {
        return new Murmur3Partitioner.LongToken(Long.parseLong(text));
    }

    static String bits(double number)
    {
        return Long.toHexString(Double.doubleToLongBits(number));
    }

    static String ids(Iterable<? extends SSTableReader> sstables)
    {
        List<Integer> ids = new ArrayList<>();
        if (sstables != null)
            sstables.forEach(sstable -> ids.add(((Known) sstable).id));
        Collections.sort(ids);
        return ids.stream().map(String::valueOf).collect(Collectors.joining(","));
    }

    /** A table of which nothing is there but its strategy and its SSTables. */
    static class Table
    {
        final Map<String, String> map;
        final String[] context;
        final long gcBefore;
        final List<Known> sstables = new ArrayList<>();
        final Store store = make(Store.class);

        Table(Map<String, String> map, String[] context, String text) throws Exception
        {
            this.map = map;
            this.context = context;
            gcBefore = Long.parseLong(context[0]);
            for (String known : text.split(";"))
                if (!known.isEmpty())
                    sstables.add(Known.parse(known));
            store.params = CompactionParams.fromMap(map);
            store.view = view(sstables, context[1]);
            store.tracker = new Tracker(store, null, false);
            set(Tracker.class, store.tracker, "view", store.view);
            store.manager = make(CompactionStrategyManager.class);
            set(CompactionStrategyManager.class, store.manager, "params", store.params);
            set(CompactionStrategyManager.class, store.manager, "compactionLogger", new CompactionLogger(store, store.manager));
            set(ColumnFamilyStore.class, store, "data", store.tracker);
            set(ColumnFamilyStore.class, store, "name", "known");
        }

        /** Of one group, as its strategy would have it: the first SSTable's. */
        List<SSTableReader> group()
        {
            List<SSTableReader> group = new ArrayList<>(sstables);
            if (!group.isEmpty())
                group.removeIf(sstable -> ((Known) sstable).isRepaired != sstables.get(0).isRepaired);
            return group;
        }

        String choose() throws Exception
        {
            Map<String, String> options = new HashMap<>(store.params.options());
            switch (store.params.klass().getSimpleName())
            {
                case "SizeTieredCompactionStrategy":
                {
                    SizeTieredCompactionStrategy strategy = new SizeTieredCompactionStrategy(store, options);
                    strategy.addSSTables(group());
                    Object chosen = call(SizeTieredCompactionStrategy.class, strategy, "getNextBackgroundSSTables", gcBefore);
                    return ids((List<SSTableReader>) chosen) + '\t' + strategy.getEstimatedRemainingTasks();
                }
                case "TimeWindowCompactionStrategy":
                {
                    TimeWindowCompactionStrategy strategy = new TimeWindowCompactionStrategy(store, options);
                    strategy.addSSTables(group());
                    if (!context[3].equals("1"))
                        set(TimeWindowCompactionStrategy.class, strategy, "lastExpiredCheck", System.currentTimeMillis());
                    set(TimeWindowCompactionStrategy.class, strategy, "highestWindowSeen", Long.parseLong(context[4]));
                    Object chosen = call(TimeWindowCompactionStrategy.class, strategy, "getNextBackgroundSSTables", gcBefore);
                    return ids((List<SSTableReader>) chosen) + '\t' + strategy.getEstimatedRemainingTasks() + '\t'
                           + get(TimeWindowCompactionStrategy.class, strategy, "highestWindowSeen");
                }
                case "LeveledCompactionStrategy": return leveled(options);
                default: return unified(options);
            }
        }

        String leveled(Map<String, String> options) throws Exception
        {
            LeveledCompactionStrategy strategy = new LeveledCompactionStrategy(store, options);
            strategy.addSSTables(group());
            strategy.startup();
            LeveledManifest manifest = (LeveledManifest) get(LeveledCompactionStrategy.class, strategy, "manifest");
            int[] counters = (int[]) get(LeveledManifest.class, manifest, "compactionCounter");
            String[] given = context[5].split("/");
            for (int i = 0; i < counters.length; i++)
                counters[i] = Integer.parseInt(given[i]);
            int pending = strategy.getEstimatedRemainingTasks();
            LeveledManifest.CompactionCandidate candidate = manifest.getCompactionCandidates();
            String kind = "levels";
            if (candidate == null)
            {
                Object droppable = call(LeveledCompactionStrategy.class, strategy, "findDroppableSSTable", gcBefore);
                if (droppable != null)
                    candidate = new LeveledManifest.CompactionCandidate(Collections.singleton((SSTableReader) droppable),
                                                                        ((Known) droppable).level, strategy.getMaxSSTableBytes());
                kind = droppable == null ? "none" : "tombstones";
            }
            String after = Arrays.stream(counters).mapToObj(String::valueOf).collect(Collectors.joining("/"));
            return kind + '\t' + ids(candidate == null ? null : candidate.sstables) + '\t' + (candidate == null ? 0 : candidate.level) + '\t'
                   + (candidate == null ? 0 : candidate.maxSSTableBytes) + '\t' + pending + '\t' + after;
        }

        String unified(Map<String, String> options) throws Exception
        {
            Controller controller = Controller.fromOptions(store, options);
            if (!options.containsKey("flush_size_override"))
                set(Controller.class, controller, "flushSizeOverride", Long.parseLong(context[2]));
            UnifiedCompactionStrategy strategy = new UnifiedCompactionStrategy(store, options, controller);
            ShardManager shards = new ShardManagerNoDisks(localRanges(context[6]));
            set(UnifiedCompactionStrategy.class, strategy, "shardManager", shards);
            if (context[3].equals("1"))
                set(UnifiedCompactionStrategy.class, strategy, "lastExpiredCheck", 0L);
            strategy.addSSTables(group());
            Object chosen = call(UnifiedCompactionStrategy.class, strategy, "getNextCompactionPick", gcBefore);
            StringBuilder answer = new StringBuilder().append(ids((List<SSTableReader>) chosen)).append('\t')
                                                      .append(strategy.getEstimatedRemainingTasks()).append('\t')
                                                      .append(chosen == null ? -1 : get(chosen.getClass(), chosen, "level")).append('\t')
                                                      .append(chosen == null ? -1 : get(chosen.getClass(), chosen, "overlap"));
            double density = chosen == null ? 0 : shards.calculateCombinedDensity(new HashSet<>((List<SSTableReader>) chosen));
            answer.append('\t').append(controller.getNumShards(density * shards.shardSetCoverage()));
            answer.append('\t').append(sstables.stream().map(sstable -> bits(shards.density(sstable))).collect(Collectors.joining(",")));
            for (Object level : (List<?>) call(UnifiedCompactionStrategy.class, strategy, "getLevels"))
                answer.append('\t').append(level(controller, (UnifiedCompactionStrategy.Level) level));
            return answer.toString();
        }

        /** INDEX:MIN:MAX:IDS:OVERLAP:PICK/.. */
        String level(Controller controller, UnifiedCompactionStrategy.Level level) throws Exception
        {
            Class<?> type = UnifiedCompactionStrategy.Level.class;
            Class<?> contextType = Class.forName("org.apache.cassandra.db.compaction.UnifiedCompactionStrategy$SelectionContext");
            Object selection = make(contextType);
            set(contextType, selection, "controller", controller);
            String members = ids(level.getSSTables());
            Collection<?> buckets = (Collection<?>) call(type, level, "getBuckets", selection);
            Object overlap = get(type, level, "maxOverlap");
            List<String> picks = new ArrayList<>();
            if (buckets != null)
                for (Object bucket : buckets)
                    picks.add(pick(bucket, controller));
            return level.getIndex() + ":" + bits((Double) get(type, level, "min")) + ':' + bits((Double) get(type, level, "max")) + ':'
                   + members + ':' + overlap + ':' + String.join("/", picks);
        }

        static String pick(Object bucket, Controller controller) throws Exception
        {
            Class<?> type = Class.forName("org.apache.cassandra.db.compaction.UnifiedCompactionStrategy$Bucket");
            Object overlap = get(type, bucket, "maxOverlap");
            return overlap + "=" + ids((List<SSTableReader>) call(type, bucket, "constructPick", controller));
        }
    }

    static View view(List<Known> sstables, String memtableMinTimestamp) throws Exception
    {
        Map<SSTableReader, SSTableReader> live = new LinkedHashMap<>();
        Map<SSTableReader, SSTableReader> compacting = new LinkedHashMap<>();
        for (Known sstable : sstables)
        {
            live.put(sstable, sstable);
            if (sstable.isCompacting)
                compacting.put(sstable, sstable);
        }
        List<Memtable> memtables = memtableMinTimestamp.equals("-") ? List.of() : List.of(memtable(Long.parseLong(memtableMinTimestamp)));
        var constructor = View.class.getDeclaredConstructor(List.class, List.class, Map.class, Map.class, SSTableIntervalTree.class);
        constructor.setAccessible(true);
        return constructor.newInstance(memtables, List.of(), live, compacting,
                                       SSTableIntervalTree.buildSSTableIntervalTree(new ArrayList<SSTableReader>(live.values())));
    }

    static Memtable memtable(long minTimestamp)
    {
        return (Memtable) Proxy.newProxyInstance(Compactions.class.getClassLoader(), new Class<?>[]{ Memtable.class }, (proxy, method, values) -> {
            if (method.getName().equals("getMinTimestamp"))
                return minTimestamp;
            throw new UnsupportedOperationException(method.getName());
        });
    }

    /** What the strategies ask of a table. Its constructor never runs. */
    static class Store extends ColumnFamilyStore
    {
        CompactionParams params;
        View view;
        Tracker tracker;
        CompactionStrategyManager manager;

        Store()
        {
            super(null, null, null, null, null, false, false, false);
        }

        @Override public int getMinimumCompactionThreshold() { return params.minCompactionThreshold(); }
        @Override public int getMaximumCompactionThreshold() { return params.maxCompactionThreshold(); }
        @Override public CompactionStrategyManager getCompactionStrategyManager() { return manager; }
        @Override public boolean getNeverPurgeTombstones() { return false; }
        @Override public Directories getDirectories() { return null; }
        @Override public String getKeyspaceName() { return "known"; }
        @Override public String getTableName() { return "known"; }
        @Override public IPartitioner getPartitioner() { return Murmur3Partitioner.instance; }
    }

    /** An SSTable of which only this is known. Its constructor never runs. */
    static class Known extends SSTableReader
    {
        int id;
        int level;
        long dataBytes, bytesOnDisk, minTimestamp, maxTimestamp, maxLocalDeletionTime, createdAt, keys;
        double droppableRatio, tokenSpaceCoverage;
        boolean isRepaired, isCompacting, isSuspect, isInformative;
        DecoratedKey firstKey, lastKey;
        EstimatedHistogram cells;
        RestorableMeter meter;

        Known()
        {
            super(null, null);
        }

        static Known parse(String text) throws Exception
        {
            String[] fields = text.split(",", -1);
            Known known = make(Known.class);
            known.id = Integer.parseInt(fields[0]);
            known.dataBytes = Long.parseLong(fields[1]);
            known.bytesOnDisk = Long.parseLong(fields[2]);
            known.level = Integer.parseInt(fields[3]);
            known.firstKey = key(fields[4]);
            known.lastKey = key(fields[5]);
            known.minTimestamp = Long.parseLong(fields[6]);
            known.maxTimestamp = Long.parseLong(fields[7]);
            known.maxLocalDeletionTime = Long.parseLong(fields[8]);
            known.createdAt = NOW - 1000 * Long.parseLong(fields[9]);
            known.droppableRatio = Double.parseDouble(fields[10]);
            known.meter = fields[11].equals("-") ? null : new Meter(Double.parseDouble(fields[11]));
            known.keys = Long.parseLong(fields[12]);
            long[] offsets = new EstimatedHistogram(90).getBucketOffsets();
            long[] counts = new long[offsets.length + 1];
            counts[Arrays.binarySearch(offsets, Long.parseLong(fields[13]))] = Long.parseLong(fields[14]);
            known.cells = new EstimatedHistogram(offsets, counts);
            known.isInformative = fields[15].equals("1");
            known.isRepaired = fields[16].equals("1");
            known.isCompacting = fields[17].equals("1");
            known.isSuspect = fields[18].equals("1");
            known.tokenSpaceCoverage = fields[19].equals("-") ? Double.NaN : Double.parseDouble(fields[19]);
            Descriptor descriptor = new Descriptor(new File("/known/known"), "known", "known", new SequenceBasedSSTableId(known.id));
            set(org.apache.cassandra.io.sstable.SSTable.class, known, "descriptor", descriptor);
            set(SSTableReader.class, known, "interval", Interval.create((PartitionPosition) known.firstKey, known.lastKey, (SSTableReader) known));
            return known;
        }

        /** TOKEN:NUMBER; the number orders keys of one token. Keys of different tokens are different. */
        static DecoratedKey key(String text)
        {
            String[] parts = text.split(":");
            ByteBuffer key = ByteBuffer.allocate(9).putLong(0, Long.parseLong(parts[0])).put(8, Byte.parseByte(parts[1]));
            return new BufferDecoratedKey(token(parts[0]), key);
        }

        @Override public boolean equals(Object other) { return this == other; }
        @Override public int hashCode() { return id; }
        @Override public int compareTo(SSTableReader other) { return Integer.compare(id, ((Known) other).id); }
        @Override public String toString() { return "known-" + id; }
        @Override public String getFilename() { return toString(); }
        @Override public DecoratedKey getFirst() { return firstKey; }
        @Override public DecoratedKey getLast() { return lastKey; }
        @Override public AbstractBounds<Token> getBounds() { return AbstractBounds.bounds(firstKey.getToken(), true, lastKey.getToken(), true); }
        @Override public long onDiskLength() { return dataBytes; }
        @Override public long bytesOnDisk() { return bytesOnDisk; }
        @Override public int getSSTableLevel() { return level; }
        @Override public void mutateLevelAndReload(int newLevel) { level = newLevel; }
        @Override public long getMinTimestamp() { return minTimestamp; }
        @Override public long getMaxTimestamp() { return maxTimestamp; }
        @Override public long getMinLocalDeletionTime() { return 0; }
        @Override public long getMaxLocalDeletionTime() { return maxLocalDeletionTime; }
        @Override public long getDataCreationTime() { return createdAt; }
        @Override public double getEstimatedDroppableTombstoneRatio(long gcBefore) { return droppableRatio; }
        @Override public RestorableMeter getReadMeter() { return meter; }
        @Override public long estimatedKeys() { return keys; }
        @Override public EstimatedHistogram getEstimatedCellPerPartitionCount() { return cells; }
        @Override public boolean isEstimationInformative() { return isInformative; }
        @Override public boolean isRepaired() { return isRepaired; }
        @Override public boolean isMarkedSuspect() { return isSuspect; }
        @Override public double tokenSpaceCoverage() { return tokenSpaceCoverage; }

        /** Keys are spread evenly between the first and the last one, in sixteen places. */
        @Override
        public long estimatedKeysForRanges(Collection<Range<Token>> ranges)
        {
            long first = (Long) firstKey.getToken().getTokenValue();
            long step = ((Long) lastKey.getToken().getTokenValue() / 16) - first / 16;
            long within = 0;
            for (int place = 0; place < 16; place++)
            {
                Token token = new Murmur3Partitioner.LongToken(first + step * place);
                if (ranges.stream().anyMatch(range -> range.contains(token)))
                    within++;
            }
            return keys * within / 16;
        }

        @Override public SSTableReader cloneWithRestoredStart(DecoratedKey restoredStart) { throw new UnsupportedOperationException(); }
        @Override public SSTableReader cloneWithNewStart(DecoratedKey newStart) { throw new UnsupportedOperationException(); }
        @Override public void releaseInMemoryComponents() { }
        @Override public Iterable<DecoratedKey> getKeySamples(Range<Token> range) { throw new UnsupportedOperationException(); }
        @Override protected AbstractRowIndexEntry getRowIndexEntry(PartitionPosition key, Operator op, boolean updateStats, SSTableReadsListener listener) { throw new UnsupportedOperationException(); }
        @Override public KeyReader keyReader() { throw new UnsupportedOperationException(); }
        @Override public DecoratedKey firstKeyBeyond(PartitionPosition token) { throw new UnsupportedOperationException(); }
        @Override public DecoratedKey keyAtPositionFromSecondaryIndex(long position) { throw new UnsupportedOperationException(); }
        @Override public boolean mayContainAssumingKeyIsInRange(DecoratedKey key) { throw new UnsupportedOperationException(); }
        @Override public IVerifier getVerifier(ColumnFamilyStore cfs, OutputHandler handler, boolean isOffline, IVerifier.Options options) { throw new UnsupportedOperationException(); }
        @Override public UnfilteredRowIterator rowIterator(DecoratedKey key, Slices slices, ColumnFilter filter, boolean reversed, SSTableReadsListener listener) { throw new UnsupportedOperationException(); }
        @Override public UnfilteredPartitionIterator partitionIterator(ColumnFilter filter, DataRange range, SSTableReadsListener listener) { throw new UnsupportedOperationException(); }
    }

    /** A rate of reads that stays. */
    static class Meter extends RestorableMeter
    {
        final double rate;

        Meter(double rate)
        {
            this.rate = rate;
        }

        @Override public double twoHourRate() { return rate; }
    }

    static sun.misc.Unsafe unsafe()
    {
        try
        {
            Field field = sun.misc.Unsafe.class.getDeclaredField("theUnsafe");
            field.setAccessible(true);
            return (sun.misc.Unsafe) field.get(null);
        }
        catch (ReflectiveOperationException e)
        {
            throw new AssertionError(e);
        }
    }

    static <T> T make(Class<T> type) throws InstantiationException
    {
        return type.cast(UNSAFE.allocateInstance(type));
    }

    static void set(Class<?> type, Object object, String name, Object value) throws Exception
    {
        Field field = type.getDeclaredField(name);
        long offset = UNSAFE.objectFieldOffset(field);
        if (field.getType() == long.class)
            UNSAFE.putLong(object, offset, (Long) value);
        else
            UNSAFE.putObject(object, offset, value);
    }

    static Object get(Class<?> type, Object object, String name) throws Exception
    {
        Field field = type.getDeclaredField(name);
        field.setAccessible(true);
        return field.get(object);
    }

    static Object call(Class<?> type, Object object, String name, Object... values) throws Exception
    {
        for (Method method : type.getDeclaredMethods())
            if (method.getName().equals(name) && method.getParameterCount() == values.length)
            {
                method.setAccessible(true);
                return method.invoke(object, values);
            }
        throw new NoSuchMethodException(name);
    }
}
