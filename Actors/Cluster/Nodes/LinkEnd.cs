using System.Collections.Immutable;
using Akka.Actor;

namespace Sweeps.Actors.Cluster.Nodes;

/// <summary>An actor's end of a <see cref="NodeLink"/>: says, hears, and says again what was not heard.</summary>
/// <param name="term">of the coordinator</param>
/// <param name="peer">the actor at the other end</param>
internal sealed class LinkEnd(long term, IActorRef peer)
{
    /// <summary>How often <see cref="Tick"/> is to be called.</summary>
    public static TimeSpan Pace { get; } = TimeSpan.FromMilliseconds(500);

    private NodeLink _link = new(term);
    private bool _owes;
    private object? _oldest;

    public long Term => term;

    public IActorRef Peer => peer;

    /// <summary>Whether the other side has not heard anything for far too long.</summary>
    public bool IsBroken => _link.UnheardCount > NodeLink.MostUnheard;

    public void Say(string device, object body)
    {
        (_link, var frame) = _link.Say(new LinkWord(device, body));
        _owes = false;
        peer.Tell(frame);
    }

    /// <summary>Hears a frame of the other side; returns what is new.</summary>
    public ImmutableArray<LinkWord> Hear(LinkFrame frame)
    {
        if (frame.Term != term) return [];
        (_link, var words) = _link.Hear(frame);
        // Also when there is nothing new: then the other side has not heard that it was heard.
        if (frame.Words.Length > 0) _owes = true;
        return words;
    }

    /// <summary>Says again what has not been heard since the last call, and what was heard if nothing has said so.</summary>
    public void Tick()
    {
        var oldest = _link.UnheardCount > 0 ? _link.Unheard.Peek() : null;
        var again = oldest is not null && ReferenceEquals(oldest, _oldest);
        _oldest = oldest;
        if (!again && !_owes) return;
        _owes = false;
        foreach (var frame in again ? _link.Again() : [_link.Acknowledgement()]) peer.Tell(frame);
    }
}
