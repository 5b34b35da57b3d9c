using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Sweeps.Actors.Tests.Journal;

/// <summary>
/// A PostgreSQL server of the tests' own: in a temporary folder, on a Unix socket there, gone with the tests. As root it runs as another
/// user, since PostgreSQL refuses root.
/// </summary>
internal sealed class PostgresServer : IDisposable
{
    private const string Missing =
        "PostgreSQL's server is missing (/usr/lib/postgresql/*/bin/initdb): `make test` installs it, and so does `bash ops/setup.sh tests`";

    private static readonly Lazy<PostgresServer> s_shared = new(() =>
    {
        var server = new PostgresServer();
        AppDomain.CurrentDomain.ProcessExit += (_, _) => server.Dispose();
        return server;
    });

    private static int s_databases;

    private readonly string _binaries = FindBinaries();
    // Short, since the name of a socket has at most 107 bytes.
    private readonly string _folder = Directory.CreateTempSubdirectory("sweeps-pg-").FullName;
    private readonly string[] _asUser;
    private Process? _process;

    public PostgresServer()
    {
        _asUser = Environment.UserName == "root" ? ["setpriv", $"--reuid={OtherUser}", $"--regid={OtherUser}", "--clear-groups"] : ["env"];
        if (Environment.UserName == "root") Run("chown", OtherUser, _folder);
        Run(
            _asUser[0],
            [.. _asUser[1..], Path.Combine(_binaries, "initdb"), "--pgdata", Data, "--username", "sweeps", "--auth", "trust",
                "--encoding", "UTF8", "--locale", "C", "--no-sync"]);
        Start();
    }

    /// <summary>The server that all tests share; each has a database of its own.</summary>
    public static PostgresServer Shared => s_shared.Value;

    private static string OtherUser
        => File.ReadLines("/etc/passwd").Any(line => line.StartsWith("postgres:", StringComparison.Ordinal)) ? "postgres" : "nobody";

    private string Data => Path.Combine(_folder, "data");

    /// <summary>The connection string of a new, empty database.</summary>
    public string CreateDatabase()
    {
        var name = $"test_{Interlocked.Increment(ref s_databases).ToString(CultureInfo.InvariantCulture)}";
        using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        connection.Open();
        using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        command.ExecuteNonQuery();
        return ConnectionString(name);
    }

    /// <summary>Starts it, and waits until it answers.</summary>
    /// <param name="settings">besides those of all tests, e.g. "fsync=off"</param>
    public void Start(params string[] settings)
    {
        // Ends when this process does, however it does: its input ends then.
        const string Script = "\"$0\" \"$@\" & server=$!; cat >/dev/null; kill -INT $server; wait $server";
        var start = new ProcessStartInfo(_asUser[0])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in (string[])
            [.. _asUser[1..], "sh", "-c", Script, Path.Combine(_binaries, "postgres"), "-D", Data, "-k", _folder, "-c", "listen_addresses=",
                "-c", "max_connections=200", "-c", "logging_collector=off", "-c", "log_min_messages=fatal",
                .. settings.SelectMany(setting => (string[])["-c", setting])])
            start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        var waited = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using var connection = new NpgsqlConnection(ConnectionString("postgres"));
                connection.Open();
                return;
            }
            catch (NpgsqlException) when (waited.Elapsed < TimeSpan.FromSeconds(60) && !_process.HasExited)
            {
                _process.WaitForExit(20);
            }
        }
    }

    /// <summary>Ends the server at once, as a crash does: connections break, and the next start recovers from the log.</summary>
    public void Stop()
    {
        if (_process is null) return;
        var server = int.Parse(File.ReadLines(Path.Combine(Data, "postmaster.pid")).First(), CultureInfo.InvariantCulture);
        Run("kill", "-QUIT", server.ToString(CultureInfo.InvariantCulture));
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
        _process = null;
        NpgsqlConnection.ClearAllPools();
    }

    public void Dispose()
    {
        if (_process is not null)
        {
            _process.StandardInput.Close();
            _process.WaitForExit();
            _process.Dispose();
            _process = null;
        }
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }

    private static string FindBinaries()
        => Directory.Exists("/usr/lib/postgresql")
            && Directory.GetDirectories("/usr/lib/postgresql")
                .Select(version => Path.Combine(version, "bin"))
                .Where(bin => File.Exists(Path.Combine(bin, "initdb")))
                .MaxBy(bin => bin, StringComparer.Ordinal) is { } found
                ? found
                : throw new InvalidOperationException(Missing);

    private static void Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {errors}{output.Result}");
    }

    // A machine that does other work may take longer to connect than the fifteen seconds that Npgsql waits.
    private string ConnectionString(string database) => $"Host={_folder};Username=sweeps;Database={database};Timeout=120";
}
