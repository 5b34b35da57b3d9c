using System.Text.Json;
using Sweeps.Actors;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Persistence;
using Sweeps.Actors.Runtime;
using Sweeps.Actors.Runtime.Simulation;
using Sweeps.Actors.Sweeps;
using Sweeps.Actors.Trials;
using Sweeps.ModelCore.Jobs;

namespace Sweeps.Simulator;

/// <summary>One life of the orchestrator: the real actors on a simulated dispatcher, from their start to their end, whatever that is.</summary>
internal sealed class Life : IProgress<SweepProgress>
{
    private readonly Simulation _simulation;
    private readonly Chance _chance;
    private readonly ManualDispatcher _dispatcher;
    private readonly DateTimeOffset _start;
    private readonly TimeSpan _before;
    private readonly ActorSystem _system;
    private readonly SweepRun _run;

    public Life(Simulation simulation, int number, TimeSpan before)
    {
        (_simulation, Number, _before) = (simulation, number, before);
        var scenario = simulation.Scenario;
        _chance = Draws("life");
        var order = Draws("order");
        _dispatcher = new ManualDispatcher(order.Next);
        _start = _dispatcher.Time.GetUtcNow();
        _system = ActorSystem.Create("simulated", new ActorSystemOptions
        {
            Dispatcher = _dispatcher,
            Time = _dispatcher.Time,
            GuardianStrategy = new OneForOneStrategy(_ => Directive.Escalate),
        });
        _system.EventStream.Subscribe<LogEvent>(e =>
        {
            if (e.Level >= LogLevel.Warning) Note(What.Logged, null, null, 0, $"{e.Source}: {e.Message}{(e.Cause is null or JournalException ? "" : $" {e.Cause}")}");
        });
        _system.EventStream.Subscribe<UnhandledMessage>(e => Note(What.Unhandled, null, null, 0, $"{e.Recipient.Path}: {e.Message}"));
        var journal = new SimulatedJournal(this, simulation.Disk, simulation.Faults, Draws("journal"), simulation.Mutation);
        var launcher = new SimulatedDevices(this, simulation.Faults, Draws("devices"));
        var devices = Enumerable.Range(0, scenario.Devices).Select(i => new DeviceSpec($"cpu-{i}", "cpu", 1, MaxThreads: scenario.Devices)).ToList();
        Note(What.Started, null, null, 0, "");
        _run = new SweepRun(
            _system, new EventStore(journal, SweepJournal.Registry), scenario.Spec, devices, launcher, scenario.Options, this, path => Note(What.Deleted, null, null, 0, path),
            services => simulation.Mutation == Mutation.NoFence ? services with { DecideTrial = Unfenced } : services);
    }

    /// <summary>From 1.</summary>
    public int Number { get; }

    public TimeProvider Time => _dispatcher.Time;

    /// <summary>Virtual time since the beginning of the first life.</summary>
    public TimeSpan Now => _before + (_dispatcher.Time.GetUtcNow() - _start);

    /// <summary>After its end nothing that its actors still do has an effect.</summary>
    public bool IsOver { get; private set; }

    public bool HasFaults => _simulation.HasFaults(Number, Now);

    /// <summary>Runs to the end of this life; true when it completed the sweep.</summary>
    /// <param name="until">virtual time at which patience ends</param>
    /// <exception cref="InvalidOperationException">it is still at work then</exception>
    public bool Run(TimeSpan until)
    {
        var faults = _simulation.Faults;
        var crash = faults.TurnsToCrash > 0 ? (long)(faults.TurnsToCrash * -Math.Log(1 - _chance.Between(0, 1))) : long.MaxValue;
        var stop = faults.Stops > 0 ? (long)(-Math.Log(1 - _chance.Between(0, 1)) / faults.Stops) : long.MaxValue;
        for (var turn = 0L; !IsOver; turn++)
        {
            if (turn >= crash && HasFaults) Crash("between two turns");
            else if (_system.WhenTerminated.IsCompleted) End($"it failed: {_system.WhenTerminated.Result?.Message}");
            else if (_run.Ended.IsCompleted) return Stop(_run.Ended.Result);
            else if (turn >= stop && HasFaults) _run.Stop();
            else if (!_dispatcher.Step(_start + (until - _before))) throw new InvalidOperationException("the sweep is not completed, although nothing goes wrong any more");
        }
        return false;
    }

    /// <summary>The process dies at this instant.</summary>
    public void Crash(string where) => End($"it crashed {where}");

    public void Note(What what, string? process, string? trial, int attempt, string text)
    {
        if (!IsOver) _simulation.Log.Add(new Happening(Now, Number, _simulation.Disk.Durable.Count, what, process, trial, attempt, text));
    }

    public void NoteTold(string process, RunRequest request) =>
        Note(What.Told, process, request.Trial, request.Attempt, JsonSerializer.Serialize(request.Job, JobJson.Options));

    public void NoteExited(string process, string reason) => Note(What.Exited, process, null, 0, reason);

    public void Report(SweepProgress value)
    {
        if (value is TrialChanged { Phase: TrialPhase.Succeeded } m) Note(What.ShownSucceeded, null, m.Trial.Value, m.Attempt, m.Kind);
        else if (value is LateMessageRefused r) Note(What.Refused, null, r.Trial.Value, 0, r.Reason);
    }

    /// <summary>A trial's decisions without the comparison of attempts.</summary>
    private static Decision<TrialEvent> Unfenced(TrialState state, TrialCommand command)
    {
        var attempt = command switch
        {
            RecordStart c => c.Attempt,
            RecordCheckpoint c => c.Attempt,
            RecordResult c => c.Attempt,
            RecordFailure c => c.Attempt,
            RecordInterruption c => c.Attempt,
            _ => state.Attempt,
        };
        return TrialState.Decide(state with { Attempt = attempt }, command);
    }

    /// <summary>The run has an outcome: the devices stop, what they say last is stored, and the actors stop.</summary>
    private bool Stop(SweepOutcome outcome)
    {
        if (outcome.End == SweepEnd.Completed) Note(What.Completed, null, null, 0, "");
        var stops = _run.StopDevices();
        Task? terminated = null;
        while (!IsOver && terminated is not { IsCompleted: true })
        {
            if (terminated is null && stops.All(s => s.IsCompleted)) terminated = _system.TerminateAsync();
            if (!_dispatcher.Step(DateTimeOffset.MaxValue)) throw new InvalidOperationException("the orchestrator does not stop");
        }
        End($"{outcome.End} {outcome.Error}");
        return outcome.End == SweepEnd.Completed;
    }

    private void End(string how)
    {
        if (IsOver) return;
        Note(What.Ended, null, null, 0, how);
        IsOver = true;
        _simulation.Disk.Crash(Draws("crash"));
    }

    private Chance Draws(string of) => new(_simulation.Scenario.Seed, $"{(_simulation.Faults == Faults.None ? "undisturbed " : "")}{of} {Number}");
}
