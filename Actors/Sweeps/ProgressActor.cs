using System.Threading.Channels;
using Akka.Actor;
using Sweeps.Actors.Streams;

namespace Sweeps.Actors.Sweeps;

/// <summary>
/// Passes progress on to whoever looks on, without ever waiting for him: what he is too slow for is dropped, the oldest first.
/// </summary>
internal sealed class ProgressActor(ChannelWriter<SweepProgress> writer) : UntypedActor
{
    /// <summary>Returns how to make the actor that writes to a bounded channel which drops.</summary>
    public static Props Props(ChannelWriter<SweepProgress> writer) => ActorProps.Of(() => new ProgressActor(writer));

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        if (message is SweepProgress progress) writer.TryWrite(progress);
        else Unhandled(message);
    }
}
