using Akka.Actor;
using Akka.Event;
using Sweeps.Actors.Streams;
using Sweeps.Actors.Sweeps;

namespace Sweeps.Simulator;

/// <summary>Notes what those are told who look on, or clean up, and what is logged.</summary>
internal sealed class Observer(ILife life) : UntypedActor
{
    public static Props Props(ILife life) => ActorProps.Of(() => new Observer(life));

    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case TrialChanged { Phase: TrialPhase.Succeeded } m:
                life.Note(What.ShownSucceeded, null, m.Trial.Value, m.Attempt, m.Kind);
                break;
            case LateMessageRefused m: life.Note(What.Refused, null, m.Trial.Value, 0, m.Reason); break;
            case DeleteFile m: life.Note(What.Deleted, null, null, 0, m.Path); break;
            case LogEvent m when m.LogLevel() >= LogLevel.WarningLevel:
                life.Note(What.Logged, null, null, 0, $"{m.LogSource}: {m.Message} {m.Cause?.Message}");
                break;
            case UnhandledMessage m: life.Note(What.Unhandled, null, null, 0, $"{m.Recipient.Path}: {m.Message}"); break;
        }
    }
}
