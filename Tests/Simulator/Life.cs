using Akka.Event;
using Sweeps.Actors.Devices;
using Sweeps.Actors.Streams;
using Sweeps.Actors.Sweeps;
using Sweeps.Simulator.Virtual;

namespace Sweeps.Simulator;

/// <summary>
/// One life of the orchestrator: the real actors on Akka in a virtual process, from their start to their end, whatever that is.
/// </summary>
internal sealed class Life : ILife
{
    private readonly Simulation _simulation;
    private readonly Chance _chance;
    private readonly VirtualProcess _process;
    private readonly TimeSpan _before;
    private readonly SweepRun _run;

    public Life(Simulation simulation, int number, TimeSpan before)
    {
        (_simulation, Number, _before) = (simulation, number, before);
        var scenario = simulation.Scenario;
        _chance = Draws("life");
        _process = new VirtualProcess(Draws("order").Next);
        Note(What.Started, null, null, 0, "");
        var system = _process.CreateSystem(
            SimulatedStore.Setup(new FaultyStore(this, simulation.Disk, simulation.Faults, Draws("journal"), simulation.Mutation)));
        var listener = system.ActorOf(Observer.Props(this), "listener");
        system.EventStream.Subscribe(listener, typeof(LogEvent));
        system.EventStream.Subscribe(listener, typeof(UnhandledMessage));
        var devices = Enumerable.Range(0, scenario.Devices).Select(
            i => new DeviceSpec($"cpu-{i}", "cpu", 1, MaxThreads: scenario.Devices)).ToList();
        var registry = simulation.Mutation == Mutation.NoRandomState ? ForgetfulRegistry.Of(number) : SweepJournal.Registry;
        var streams = new StreamSettings(simulation.Disk.Location, registry, stream => stream,
            $"life {number}")
        { IsFinal = e => e is SyncFailedException };
        var links = Draws("links");
        _run = new SweepRun(
            system,
            new RunPlan(
                scenario.Spec, devices, new SimulatedDevices(this, simulation.Faults, Draws("devices")), scenario.Options, streams,
                listener, listener)
            {
                Configure = services => services with
                {
                    DecideTrial = simulation.Mutation == Mutation.NoFence ? Unfenced.Decide : services.DecideTrial,
                    Address = simulation.Faults.Repeats > 0
                        ? owner => system.ActorOf(ActorProps.Of(() => new Link(this, simulation.Faults, links, owner)))
                        : services.Address,
                },
            });
    }

    /// <summary>From 1.</summary>
    public int Number { get; }

    public TimeProvider Time => _process;

    /// <summary>Virtual time since the beginning of the first life.</summary>
    public TimeSpan Now => _before + _process.Elapsed;

    /// <summary>After its end nothing that its actors still do has an effect.</summary>
    public bool IsOver => _process.IsOver;

    public bool HasFaults => _simulation.HasFaults(Number, Now);

    public Exception? Refusal => null;

    /// <summary>Runs to the end of this life; true when it completed the sweep.</summary>
    /// <param name="until">virtual time at which patience ends</param>
    /// <exception cref="InvalidOperationException">it is still at work then</exception>
    public bool Run(TimeSpan until)
    {
        var faults = _simulation.Faults;
        var crash = faults.TurnsToCrash > 0 ? (long)(faults.TurnsToCrash * -Math.Log(1 - _chance.Between(0, 1))) : long.MaxValue;
        var stop = faults.Stops > 0 ? (long)(-Math.Log(1 - _chance.Between(0, 1)) / faults.Stops) : long.MaxValue;
        var end = _process.GetUtcNow() + (until - _before);
        for (var turn = 0L; !IsOver; turn++)
        {
            if (turn >= crash && HasFaults) Crash("between two turns");
            else if (_run.Ended.IsCompleted) return Stop(_run.Ended.Result);
            else if (turn >= stop && HasFaults) _run.Stop();
            else if (!_process.Step(end))
                throw new InvalidOperationException("the sweep is not completed, although nothing goes wrong any more");
        }
        return false;
    }

    /// <summary>The process dies at this instant.</summary>
    public void Crash(string where) => End($"it crashed {where}");

    public void Note(What what, string? process, string? trial, int attempt, string text)
    {
        if (!IsOver) _simulation.Log.Add(new Happening(Now, Number, _simulation.Disk.Durable.Count, what, process, trial, attempt, text));
    }

    /// <summary>The run has an outcome: the devices stop, what they say last is stored, and the process ends.</summary>
    private bool Stop(SweepOutcome outcome)
    {
        if (outcome.End == SweepEnd.Completed) Note(What.Completed, null, null, 0, "");
        var stopped = _run.StopDevicesAsync();
        while (!IsOver && !stopped.IsCompleted)
        {
            if (!_process.Step(DateTimeOffset.MaxValue)) throw new InvalidOperationException("the orchestrator does not stop");
        }
        End($"{outcome.End} {outcome.Error}");
        return outcome.End == SweepEnd.Completed;
    }

    private void End(string how)
    {
        if (IsOver) return;
        Note(What.Ended, null, null, 0, how);
        _process.End();
        _simulation.Disk.Crash(Draws("crash"));
    }

    private Chance Draws(string of) =>
        new(_simulation.Scenario.Seed, $"{(_simulation.Faults == Faults.None ? "undisturbed " : "")}{of} {Number}");
}
