using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Sweeps.Actors.Sweeps;

/// <summary>Shows what is in the log, from <paramref name="least"/> on, to whoever looks on, as <see cref="SweepLogged"/>.</summary>
internal sealed class ProgressLogger(ChannelWriter<SweepProgress> writer, LogLevel least = LogLevel.Warning) : ILoggerProvider, ILogger
{
    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => this;

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel >= least;

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel)) return;
        var message = formatter(state, exception);
        writer.TryWrite(new SweepLogged(exception is null ? message : $"{message}: {exception.Message}"));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
