using System.Collections.Immutable;

namespace Sweeps.Actors.Runtime;

/// <summary>How much a log event matters.</summary>
public enum LogLevel
{
    /// <summary>For who debugs.</summary>
    Debug,

    /// <summary>Worth a line.</summary>
    Info,

    /// <summary>Something went wrong and was dealt with.</summary>
    Warning,

    /// <summary>Something went wrong and somebody should look.</summary>
    Error,
}

/// <summary>A line of the log.</summary>
/// <param name="Level">how much it matters</param>
/// <param name="Source">the actor it is about</param>
/// <param name="Message">one sentence</param>
/// <param name="Cause">the exception behind it, if any</param>
public sealed record LogEvent(LogLevel Level, ActorPath Source, string Message, Exception? Cause = null);

/// <summary>
/// Where the system publishes <see cref="LogEvent"/>, <see cref="DeadLetter"/> and <see cref="UnhandledMessage"/>. Thread-safe.
/// </summary>
public sealed class EventStream
{
    private ImmutableArray<Action<object>> _subscribers = [];
    private int _logSubscribers;

    /// <summary>
    /// Calls <paramref name="handler"/> with each published <typeparamref name="T"/>, on the publisher's thread: it must be quick,
    /// thread-safe and not throw. To receive them in an actor, tell it from the handler. Dispose the result to unsubscribe.
    /// </summary>
    public IDisposable Subscribe<T>(Action<T> handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        Action<object> subscriber = e =>
        {
            if (e is T t) handler(t);
        };
        var log = typeof(T).IsAssignableFrom(typeof(LogEvent)) ? 1 : 0;
        Interlocked.Add(ref _logSubscribers, log);
        ImmutableInterlocked.Update(ref _subscribers, (all, s) => all.Add(s), subscriber);
        return new Subscription(() =>
        {
            ImmutableInterlocked.Update(ref _subscribers, (all, s) => all.Remove(s), subscriber);
            Interlocked.Add(ref _logSubscribers, -log);
        });
    }

    /// <summary>Hands <paramref name="published"/> to all subscribers of its type.</summary>
    public void Publish(object published)
    {
        foreach (var subscriber in _subscribers) subscriber(published);
        // An error that nobody listens for must not vanish.
        if (published is LogEvent { Level: LogLevel.Error } log && Volatile.Read(ref _logSubscribers) == 0)
            Console.Error.WriteLine($"{log.Source}: {log.Message}{(log.Cause is null ? "" : Environment.NewLine + log.Cause)}");
    }

    private sealed class Subscription(Action unsubscribe) : IDisposable
    {
        private Action? _unsubscribe = unsubscribe;

        public void Dispose() => Interlocked.Exchange(ref _unsubscribe, null)?.Invoke();
    }
}

/// <summary>Publishes log events in the name of one actor. Thread-safe.</summary>
public sealed class ActorLog
{
    private readonly EventStream _stream;
    private readonly ActorPath _source;

    internal ActorLog(EventStream stream, ActorPath source) => (_stream, _source) = (stream, source);

    /// <summary>For who debugs.</summary>
    public void Debug(string message) => Publish(LogLevel.Debug, message, null);

    /// <summary>Worth a line.</summary>
    public void Info(string message) => Publish(LogLevel.Info, message, null);

    /// <summary>Something went wrong and was dealt with.</summary>
    public void Warning(string message, Exception? cause = null) => Publish(LogLevel.Warning, message, cause);

    /// <summary>Something went wrong and somebody should look.</summary>
    public void Error(string message, Exception? cause = null) => Publish(LogLevel.Error, message, cause);

    private void Publish(LogLevel level, string message, Exception? cause) => _stream.Publish(new LogEvent(level, _source, message, cause));
}
