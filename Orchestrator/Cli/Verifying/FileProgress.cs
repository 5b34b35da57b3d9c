namespace Sweeps.Orchestrator.Cli.Verifying;

/// <summary>Says every few seconds how many of the files are read: on the error stream for people, on the output as JSON.</summary>
internal sealed class FileProgress(Terminal terminal, bool json, TimeProvider time)
{
    private static readonly TimeSpan _pace = TimeSpan.FromSeconds(3);
    private long _last = time.GetTimestamp();

    /// <summary>So many bytes of so many are read, at the file of this number.</summary>
    public void Report(int file, int files, long bytes, long totalBytes)
    {
        if (time.GetElapsedTime(_last) < _pace) return;
        _last = time.GetTimestamp();
        if (json) terminal.Json(new { @event = "progress", file, files, bytes, totalBytes });
        else terminal.Complain($"file {file} of {files}: {Human.Bytes(bytes)} of {Human.Bytes(totalBytes)}");
    }
}
