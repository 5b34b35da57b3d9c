using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace Sweeps.Orchestrator.Web.Events;

/// <summary>
/// Passes on what happens to all who look on, and keeps the latest for those who were cut off. Who does not keep up is let go, and may come
/// back; nobody is waited for. Thread-safe.
/// </summary>
/// <param name="time">of the events</param>
internal sealed class EventHub(TimeProvider time)
{
    /// <summary>Events that are kept for those who come back.</summary>
    public const int Kept = 8192;

    /// <summary>Events that may wait for one who looks on.</summary>
    public const int MostWaiting = 4096;

    // Events of another process, or of an earlier life of this one, have other ids.
    private readonly string _epoch = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4));
    private readonly Lock _lock = new();
    private readonly Queue<WebEvent> _latest = new();
    private readonly HashSet<Channel<WebEvent>> _listeners = [];
    private long _last;
    private bool _isOver;

    /// <summary>How many look on.</summary>
    public int Listeners
    {
        get
        {
            lock (_lock) return _listeners.Count;
        }
    }

    /// <summary>Passes an event on.</summary>
    /// <param name="type">what it is called</param>
    /// <param name="sweep">whose it is</param>
    /// <param name="fields">what it says</param>
    public void Publish(string type, string sweep, Func<JsonObject> fields)
    {
        lock (_lock)
        {
            var happened = new WebEvent(Id(++_last), type, sweep, time.GetUtcNow(), fields);
            _latest.Enqueue(happened);
            if (_latest.Count > Kept) _latest.Dequeue();
            _listeners.RemoveWhere(listener =>
            {
                if (listener.Writer.TryWrite(happened)) return false;
                listener.Writer.TryComplete();
                return true;
            });
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
            return new Subscription(this, listener, missed is null, Id(_last));
        }
    }

    private string Id(long number) => string.Create(CultureInfo.InvariantCulture, $"{_epoch}-{number}");

    /// <summary>The events behind one; null when they are not kept.</summary>
    private List<WebEvent>? Missed(string? after)
    {
        if (string.IsNullOrEmpty(after)) return [];
        if (after.Split('-') is not [var epoch, var text] || epoch != _epoch
            || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > _last
            || number < _last - _latest.Count) return null;
        return [.. _latest.Skip(_latest.Count - (int)(_last - number))];
    }

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
