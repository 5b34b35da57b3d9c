using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Sweeps.Actors.Cluster.Coordinator;

namespace Sweeps.Orchestrator.Web.Events;

/// <summary>
/// Passes on what happens to all who look on, and keeps the latest for those who were cut off. Who does not keep up is let go, and may come
/// back; nobody is waited for. Thread-safe.
/// </summary>
internal sealed class EventHub
{
    /// <summary>Events that are kept for those who come back.</summary>
    public const int Kept = 8192;

    /// <summary>Events that may wait for one who looks on.</summary>
    public const int MostWaiting = 4096;

    private const int MostTogether = 500;

    private readonly TimeProvider _time;

    // Events of another process, or of an earlier life of this one, have other ids.
    private readonly string _epoch = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
    private readonly Lock _lock = new();
    private readonly Queue<WebEvent> _latest = new();
    private readonly HashSet<Channel<WebEvent>> _listeners = [];
    private long _count;
    private string _last;
    private bool _isOver;

    /// <param name="time">of the events</param>
    public EventHub(TimeProvider time) => (_time, _last) = (time, Id(0));

    public int Listeners
    {
        get
        {
            lock (_lock) return _listeners.Count;
        }
    }

    /// <summary>Whether an id is of this hub's own count.</summary>
    public bool IsOwn(string id) => id.StartsWith($"{_epoch}-", StringComparison.Ordinal);

    /// <summary>Passes an event on.</summary>
    /// <param name="type">what it is called</param>
    /// <param name="sweep">whose it is</param>
    /// <param name="fields">what it says</param>
    public void Publish(string type, string sweep, Func<JsonObject> fields)
    {
        lock (_lock) Pass(WebEvent.Of(Id(++_count), type, sweep, _time.GetUtcNow(), fields));
    }

    /// <summary>Passes on what another process has heard, under the id that it has there.</summary>
    public void Relay(Happening happened)
    {
        lock (_lock) Pass(WebEvent.Of(happened.Id, happened.Sweep, happened.Text));
    }

    /// <summary>What has happened behind an event, as far as it is kept; some hundreds at most.</summary>
    /// <param name="id">the event's; null for the last one</param>
    public Happenings After(string? id)
    {
        lock (_lock)
        {
            Happening[] events =
            [
                // Who has heard another process until now has heard nothing of this one.
                .. (Missed(id) ?? _latest.Where(happened => IsOwn(happened.Id))).Take(MostTogether)
                    .Select(happened => new Happening(happened.Id, happened.Sweep, happened.Text)),
            ];
            return new Happenings(events.Length > 0 ? events[^1].Id : _last, events);
        }
    }

    /// <summary>Ends all streams: nothing happens any more.</summary>
    public void End()
    {
        lock (_lock)
        {
            _isOver = true;
            foreach (var listener in _listeners) listener.Writer.TryComplete();
            _listeners.Clear();
        }
    }

    /// <summary>Begins to listen.</summary>
    /// <param name="after">the id of the last event that was heard; null for none</param>
    /// <returns>what comes, beginning behind that event where it is kept</returns>
    public Subscription Listen(string? after)
    {
        lock (_lock)
        {
            var missed = Missed(after);
            var listener = Channel.CreateBounded<WebEvent>(
                new BoundedChannelOptions(MostWaiting + Kept) { FullMode = BoundedChannelFullMode.Wait, SingleReader = true });
            foreach (var happened in missed ?? []) listener.Writer.TryWrite(happened);
            if (_isOver) listener.Writer.TryComplete();
            else _listeners.Add(listener);
            return new Subscription(this, listener, missed is null, _last);
        }
    }

    private string Id(long number) => string.Create(CultureInfo.InvariantCulture, $"{_epoch}-{number}");

    private void Pass(WebEvent happened)
    {
        _last = happened.Id;
        _latest.Enqueue(happened);
        if (_latest.Count > Kept) _latest.Dequeue();
        _listeners.RemoveWhere(listener =>
        {
            if (listener.Writer.TryWrite(happened)) return false;
            listener.Writer.TryComplete();
            return true;
        });
    }

    /// <summary>The events behind one; null when they are not kept.</summary>
    private List<WebEvent>? Missed(string? after)
    {
        if (string.IsNullOrEmpty(after) || after == _last) return [];
        var isBehind = IsFirst(after);
        var missed = new List<WebEvent>();
        foreach (var happened in _latest)
        {
            if (isBehind) missed.Add(happened);
            isBehind |= happened.Id == after;
        }
        return isBehind ? missed : null;
    }

    /// <summary>Whether everything that is kept is behind an id: that of the start, or of the last that was dropped.</summary>
    private bool IsFirst(string id) => _latest.TryPeek(out var first) && IsOwn(id) && IsOwn(first.Id)
        && long.TryParse(id.AsSpan(_epoch.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && first.Id == Id(number + 1);

    private void Remove(Channel<WebEvent> listener)
    {
        lock (_lock) _listeners.Remove(listener);
    }

    /// <summary>One who looks on.</summary>
    internal sealed class Subscription(EventHub hub, Channel<WebEvent> channel, bool hasGap, string id) : IDisposable
    {
        /// <summary>Whether events are missing between the last that was heard and the first that comes.</summary>
        public bool HasGap => hasGap;

        /// <summary>Behind which event the first that comes is.</summary>
        public string Id => id;

        /// <summary>What comes. It ends when the hub ends, and when its reader does not keep up.</summary>
        public ChannelReader<WebEvent> Events => channel.Reader;

        /// <inheritdoc/>
        public void Dispose() => hub.Remove(channel);
    }
}
