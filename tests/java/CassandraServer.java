import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;

/**
 * Real Cassandra behind a pipe, in one of two modes.
 *
 *   tools   runs main methods, many in one JVM: a dump takes milliseconds where starting a JVM takes seconds
 *   node    starts a node, then runs nodetool commands on it
 *
 * A request on stdin is a count and so many byte strings of UTF-8: the name of a class (in node mode "nodetool" or "stop"),
 * then its arguments. The answer on stdout is a sequence of frames, each a tag and a byte string: 'O' what the tool printed,
 * 'E' what it printed as errors, and at last 'X' its exit code in decimal. A byte string is its length and its bytes; counts
 * and lengths are 32 bits, big endian. A node says 'X' once when it has started. The end of stdin ends the process at once,
 * so that it does not outlive whoever started it.
 */
public class CassandraServer
{
    /** Thrown in place of System.exit. An Error, since tools catch exceptions. */
    static class Exit extends Error
    {
        final int status;

        Exit(int status)
        {
            super("exit " + status, null, false, false);
            this.status = status;
        }
    }

    @SuppressWarnings("removal")
    static class ExitBecomesError extends SecurityManager
    {
        static volatile boolean ending;

        @Override public void checkExit(int status) { if (!ending) throw new Exit(status); }
        @Override public void checkPermission(java.security.Permission permission) { }
        @Override public void checkPermission(java.security.Permission permission, Object context) { }
    }

    /** One of the streams in an answer. */
    static class Frames extends OutputStream
    {
        final DataOutputStream answer;
        final int tag;

        Frames(DataOutputStream answer, int tag)
        {
            this.answer = answer;
            this.tag = tag;
        }

        @Override public void write(int b) throws IOException
        {
            write(new byte[]{ (byte) b }, 0, 1);
        }

        @Override public void write(byte[] bytes, int offset, int length) throws IOException
        {
            synchronized (answer)
            {
                answer.writeByte(tag);
                answer.writeInt(length);
                answer.write(bytes, offset, length);
            }
        }

        PrintStream printer()
        {
            return new PrintStream(new BufferedOutputStream(this, 1 << 16), false, StandardCharsets.UTF_8);
        }
    }

    /** What runs a request; answers its exit code. */
    interface Runner
    {
        int run(String what, String[] args, PrintStream out, PrintStream err) throws Throwable;
    }

    public static void main(String[] mode) throws Exception
    {
        DataOutputStream answer = new DataOutputStream(new BufferedOutputStream(System.out, 1 << 16));
        DataInputStream requests = new DataInputStream(new BufferedInputStream(System.in));
        System.setOut(System.err);
        try
        {
            if (mode[0].equals("node"))
                serveNode(requests, answer);
            else
                serveTools(requests, answer);
        }
        catch (EOFException e)
        {
            ExitBecomesError.ending = true;
            Runtime.getRuntime().halt(0);
        }
    }

    @SuppressWarnings("removal")
    static void serveTools(DataInputStream requests, DataOutputStream answer) throws Exception
    {
        System.setSecurityManager(new ExitBecomesError());
        serve(requests, answer, CassandraServer::runMain);
    }

    static void serveNode(DataInputStream requests, DataOutputStream answer) throws Exception
    {
        Thread start = new Thread(() -> startNode(answer), "start");
        start.start();
        serve(requests, answer, CassandraServer::runOnNode);
    }

    static void startNode(DataOutputStream answer)
    {
        try
        {
            Class.forName("org.apache.cassandra.service.CassandraDaemon").getMethod("main", String[].class)
                 .invoke(null, (Object) new String[0]);
            exit(answer, 0);
        }
        catch (Throwable t)
        {
            t.printStackTrace();
            Runtime.getRuntime().halt(1);
        }
    }

    static void serve(DataInputStream requests, DataOutputStream answer, Runner runner) throws IOException
    {
        while (true)
        {
            String[] request = new String[requests.readInt()];
            for (int i = 0; i < request.length; i++)
            {
                byte[] field = new byte[requests.readInt()];
                requests.readFully(field);
                request[i] = new String(field, StandardCharsets.UTF_8);
            }
            String[] args = new String[request.length - 1];
            System.arraycopy(request, 1, args, 0, args.length);
            PrintStream out = new Frames(answer, 'O').printer();
            PrintStream err = new Frames(answer, 'E').printer();
            int status;
            try
            {
                status = runner.run(request[0], args, out, err);
            }
            catch (Throwable t)
            {
                t.printStackTrace(err);
                status = 99;
            }
            out.flush();
            err.flush();
            exit(answer, status);
        }
    }

    static void exit(DataOutputStream answer, int status) throws IOException
    {
        byte[] digits = Integer.toString(status).getBytes(StandardCharsets.UTF_8);
        new Frames(answer, 'X').write(digits, 0, digits.length);
        answer.flush();
    }

    static int runMain(String main, String[] args, PrintStream out, PrintStream err) throws Throwable
    {
        PrintStream oldOut = System.out, oldErr = System.err;
        System.setOut(out);
        System.setErr(err);
        try
        {
            Class.forName(main).getMethod("main", String[].class).invoke(null, (Object) args);
            return 0;
        }
        catch (InvocationTargetException e)
        {
            for (Throwable t = e; t != null; t = t.getCause())
                if (t instanceof Exit)
                    return ((Exit) t).status;
            throw e.getCause();
        }
        finally
        {
            System.setOut(oldOut);
            System.setErr(oldErr);
        }
    }

    static int runOnNode(String what, String[] args, PrintStream out, PrintStream err) throws Throwable
    {
        if (what.equals("stop"))
            System.exit(0);
        String tools = "org.apache.cassandra.tools.";
        Constructor<?> probes = Class.forName(tools + "NodeProbeFactory").getDeclaredConstructor();
        probes.setAccessible(true);
        Class<?> output = Class.forName(tools + "Output");
        Object nodetool = Class.forName(tools + "NodeTool")
                               .getConstructor(Class.forName(tools + "INodeProbeFactory"), output)
                               .newInstance(probes.newInstance(),
                                            output.getConstructor(PrintStream.class, PrintStream.class).newInstance(out, err));
        return (Integer) nodetool.getClass().getMethod("execute", String[].class).invoke(nodetool, (Object) args);
    }
}
