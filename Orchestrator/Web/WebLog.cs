using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sweeps.Orchestrator.Web;

/// <summary>
/// The log of the API, a line of JSON for each command with who gave it and what was answered, and for each failure of the program; with
/// <c>http.access_log</c> for every request. A disk that refuses a line ends nothing; the next line that it takes says how many it refused.
/// </summary>
/// <param name="path">the file; at 16 MiB it becomes <c>PATH.1</c>, in place of the one before</param>
/// <param name="time">of the lines</param>
internal sealed class WebLog(string path, TimeProvider time)
{
    public const string FileName = "http.log";

    private const long MostBytes = 16 << 20;

    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web)
    {
        // It is read by people and by programs, and never put into a page.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly Lock _lock = new();
    private int _refused;

    public void Write(WebLogLine line)
    {
        lock (_lock)
        {
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                if (File.Exists(path) && new FileInfo(path).Length > MostBytes) File.Move(path, $"{path}.1", overwrite: true);
                var whole = line with { Time = time.GetUtcNow(), Refused = _refused == 0 ? null : _refused };
                File.AppendAllText(path, JsonSerializer.Serialize(whole, _json) + "\n");
                _refused = 0;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _refused++;
            }
        }
    }
}

/// <summary>A line of the API's log.</summary>
/// <param name="Kind">command, request or failure</param>
/// <param name="From">the address that a request came from, or <c>local user</c></param>
/// <param name="Method">its method</param>
/// <param name="Path">its path</param>
/// <param name="Status">the status of the answer</param>
/// <param name="Milliseconds">until the answer had ended</param>
internal sealed record WebLogLine(string Kind, string From, string Method, string Path, int Status, double Milliseconds)
{
    public DateTimeOffset Time { get; init; }

    /// <summary>What a command asked for, beside its path.</summary>
    public string? Asked { get; init; }

    public string? Answer { get; init; }

    public string? Failure { get; init; }

    /// <summary>Lines before this one that the disk refused.</summary>
    public int? Refused { get; init; }
}
