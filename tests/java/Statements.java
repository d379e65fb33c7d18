import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

import org.apache.cassandra.config.DatabaseDescriptor;
import org.apache.cassandra.cql3.QueryProcessor;
import org.apache.cassandra.exceptions.CassandraException;

/**
 * Says what Cassandra's parser makes of statements. A request is a line: the UTF-8 bytes of a statement in hexadecimal.
 *
 * The answer is a line: OK, or the name of the protocol's error and the message between tabs, its bytes in hexadecimal.
 */
public class Statements
{
    public static void main(String[] arguments) throws Exception
    {
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.US_ASCII);
        DatabaseDescriptor.clientInitialization();
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = in.readLine(); line != null; line = in.readLine())
        {
            out.print(answer(new String(HexFormat.of().parseHex(line), StandardCharsets.UTF_8)));
            out.print('\n');
        }
        out.flush();
        System.exit(0);
    }

    private static String answer(String statement)
    {
        try
        {
            QueryProcessor.parseStatement(statement);
            return "OK";
        }
        catch (CassandraException e)
        {
            return e.code() + "\t" + hexadecimal(e.getMessage());
        }
        catch (Throwable e)
        {
            return "THROWN\t" + hexadecimal(e.toString());
        }
    }

    private static String hexadecimal(String message)
    {
        return HexFormat.of().formatHex(String.valueOf(message).getBytes(StandardCharsets.UTF_8));
    }
}
