using System.Text;

namespace Sweeps.Orchestrator.Cli;

/// <summary>
/// Writes as long as that is possible, and never throws: a log on a full disk, or a terminal that is gone, must not end what it tells of.
/// What could not be written
/// is remembered.
/// </summary>
/// <param name="inner">written to until it fails</param>
internal sealed class LastingWriter(TextWriter inner) : TextWriter
{
    private readonly Lock _lock = new();

    /// <summary>What kept it from writing; null while nothing did.</summary>
    public Exception? Failure { get; private set; }

    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <inheritdoc/>
    public override void Write(char value) => Try(() => inner.Write(value));

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

    /// <inheritdoc/>
    public override void Write(string? value) => Try(() => inner.Write(value));

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Try(() => inner.WriteLine(value));

    /// <inheritdoc/>
    public override void Flush() => Try(inner.Flush);

    private void Try(Action write)
    {
        lock (_lock)
        {
            if (Failure is not null) return;
            try
            {
                write();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException)
            {
                Failure = e;
            }
        }
    }
}
