using System.Globalization;
using System.Text;
using System.Text.Json;
using Sweeps.Actors.Devices;

namespace Sweeps.Simulator;

/// <summary>The device processes of one life of the orchestrator, or of one node; they die with it.</summary>
/// <param name="life">the orchestrator that they belong to</param>
/// <param name="faults">what goes wrong with them</param>
/// <param name="chance">when</param>
internal sealed class SimulatedDevices(ILife life, Faults faults, Chance chance) : IDeviceLauncher
{
    private readonly List<Process> _processes = [];

    /// <summary>What a process bears to hear nothing, see <see cref="AliveRequest"/>; zero for ever.</summary>
    public TimeSpan BearableSilence { get; init; }

    /// <summary>Whoever started the processes is dead: they see the end of their input, and end within some seconds.</summary>
    public void Orphan()
    {
        foreach (var process in _processes) process.Orphan(chance.Between(0, 3));
    }

    public IDeviceProcess Launch(DeviceSpec device, IDeviceListener listener)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"{device.Name}.{life.Number}.{_processes.Count}");
        if (Draw(faults.LaunchFails))
        {
            life.Note(What.Fault, name, null, 0, "it does not start");
            throw new IOException("simulated: no such program");
        }
        var process = new Process(this, name, device, listener);
        _processes.Add(process);
        return process;
    }

    public Task<int> CountCudaAsync(CancellationToken cancellation) => Task.FromResult(0);

    private bool Draw(double probability) => chance.Happens(probability) && life.HasFaults;

    /// <summary>One process. What it says goes through the wire format: what cannot be written or read must not pass.</summary>
    private sealed class Process : IDeviceProcess
    {
        private readonly SimulatedDevices _owner;
        private readonly string _name;
        private readonly IDeviceListener _listener;
        private readonly ITimer _beat;
        private readonly List<Action> _whenThawed = [];
        private RunRequest? _running;
        private bool _frozen, _killed, _dead, _deaf;
        private long _heard;

        public Process(SimulatedDevices owner, string name, DeviceSpec device, IDeviceListener listener)
        {
            (_owner, _name, _listener) = (owner, name, listener);
            var second = TimeSpan.FromSeconds(1);
            _beat = owner.Life.Time.CreateTimer(_ => Beat(), null, second, second);
            _heard = owner.Life.Time.GetTimestamp();
            var (after, hangs, dies) = (owner.Chance.Between(0.1, 2), owner.Draw(owner.Faults.StartHangs), owner.Draw(
                owner.Faults.StartDies));
            if (hangs)
            {
                owner.Life.Note(What.Fault, _name, null, 0, "its start hangs");
                _frozen = true;
            }
            else if (dies)
            {
                Later(after, () => Die("its process ended with exit code 1"));
            }
            else
            {
                Later(after, () => Say(new HelloMessage(DeviceProtocol.Version, device.Torch, 1, "simulated", 1, "none")));
            }
        }

        public void Send(DeviceRequest request)
        {
            if (_owner.Life.IsOver) return;
            if (request is RunRequest r)
                _owner.Life.Note(What.Told, _name, r.Trial, r.Attempt, JsonSerializer.Serialize(r.Job, JobJson.Options));
            if (_dead) _owner.Life.Note(What.Exited, _name, null, 0, "it had died already");
            if (_dead || _killed) return;
            var read = DeviceProtocol.ReadRequest(DeviceProtocol.Write(request));
            WhenThawed(() => Handle(read));
        }

        public void Kill()
        {
            if (_dead || _killed) return;
            _killed = true;
            // Between the signal and the news of the end what was said before still arrives.
            After(_owner.Chance.Between(0, 0.5), () => Die("its process ended with exit code 137"));
        }

        /// <summary>Nobody is there any more: it ends when it has seen that.</summary>
        public void Orphan(double after)
        {
            // One that stands still ends as soon as it wakes, before anything else.
            if (_frozen) Die("its node is gone");
            else Later(after, () => Die("its node is gone"));
        }

        private void Beat()
        {
            if (_owner.BearableSilence > TimeSpan.Zero && _owner.Life.Time.GetElapsedTime(_heard) > _owner.BearableSilence)
                Die("it was left alone"); // one that stands still does so as soon as it wakes, before anything else
            else
                WhenThawed(() => Say(new HeartbeatMessage(null, 0)));
        }

        private void Handle(DeviceRequest request)
        {
            _heard = _owner.Life.Time.GetTimestamp();
            switch (request)
            {
                case RunRequest r:
                    _running = r;
                    _deaf = false;
                    Begin(r);
                    break;
                case CancelRequest c when _running is { } r && r.Trial == c.Trial && r.Attempt == c.Attempt && !_deaf:
                    Later(_owner.Chance.Between(0, 1), () => Cancel(r));
                    break;
                case ExitRequest:
                    Later(_owner.Chance.Between(0, 1), () =>
                    {
                        if (_running is { } r && !_deaf) Cancel(r);
                        Later(0.1, () => Die("its process ended with exit code 0"));
                    });
                    break;
            }
        }

        private void Begin(RunRequest r)
        {
            var (chance, faults) = (_owner.Chance, _owner.Faults);
            var seconds = r.Job switch
            {
                PrepareJob or TrainJob or ImportJob => chance.Between(3, 30),
                PruneJob or PruneEdgesJob => chance.Between(1, 10),
                _ => chance.Between(0.1, 2),
            };
            var trouble = seconds * chance.Between(0, 1);
            // Always drawn, so that a fault that is left out leaves the others where they are.
            var (dies, hangs, freezes, fails) = (_owner.Draw(faults.JobDies), _owner.Draw(faults.JobHangs), _owner.Draw(
                faults.Freezes), _owner.Draw(faults.WorldFails));
            if (freezes) Later(trouble, () => Freeze(chance.Between(0.2, 20)));
            if (dies || hangs || fails) seconds = trouble;
            for (var at = seconds * 0.25; at < seconds; at += Math.Max(seconds * 0.25, 1))
                Later(at, () => WhileRunning(r, () => Say(Progress(r))));
            if (r.Job.CheckpointFolder is not null)
                foreach (var (step, at) in new[] { (1, seconds * 0.3), (2, seconds * 0.7) })
                    Later(at, () => WhileRunning(r, () => Say(Checkpoint(r, step))));
            if (r.Job is TrainJob train)
                foreach (var (step, loss) in FakeResults.Evaluations(train))
                    Later(
                        seconds * step / train.Training.Steps,
                        () => WhileRunning(r, () => Say(new EvaluatedMessage(r.Trial, r.Attempt, step, loss))));
            Later(seconds, () => WhileRunning(r, () =>
            {
                if (dies)
                {
                    Die("its process ended with exit code 139");
                }
                else if (hangs)
                {
                    _owner.Life.Note(What.Fault, _name, r.Trial, r.Attempt, "its job hangs");
                    _deaf = true;
                }
                else if (fails)
                {
                    GiveUp(r, "the world failed it");
                    Say(new FailedMessage(r.Trial, r.Attempt, FailureKind.World, "simulated: no space left on device"));
                }
                else
                {
                    Answer(r, What.Answered);
                }
            }));
        }

        private void Answer(RunRequest r, What how)
        {
            var answer = SimulatedResults.Of(r);
            _owner.Life.Note(how, _name, r.Trial, r.Attempt, Encoding.UTF8.GetString(DeviceProtocol.Write(answer)));
            if (how == What.Answered) _running = null;
            Say(answer, late: how == What.AnsweredLate);
        }

        private void Cancel(RunRequest r) => WhileRunning(r, () =>
        {
            if (r.Job.CheckpointFolder is not null) Say(Checkpoint(r, 3));
            GiveUp(r, "it was told to stop");
            Say(new CancelledMessage(r.Trial, r.Attempt));
        });

        private void GiveUp(RunRequest r, string reason)
        {
            _running = null;
            _owner.Life.Note(What.GaveUp, _name, r.Trial, r.Attempt, reason);
        }

        private void WhileRunning(RunRequest r, Action action)
        {
            if (_running == r && !_deaf) action();
        }

        private void Freeze(double seconds)
        {
            if (_frozen || _killed) return;
            _frozen = true;
            _owner.Life.Note(
                What.Fault, _name, _running?.Trial, _running?.Attempt ?? 0,
                FormattableString.Invariant($"it stands still for {seconds:0.0} s"));
            After(seconds, () =>
            {
                if (_killed) return;
                _frozen = false;
                Action[] missed = [.. _whenThawed];
                _whenThawed.Clear();
                foreach (var action in missed) WhenThawed(action);
            });
        }

        private void Die(string reason)
        {
            if (_dead) return;
            if (_running is { } r && _owner.Draw(_owner.Faults.LateAnswers))
            {
                var at = _owner.Chance.Between(0, 30);
                _owner.Life.Time.CreateTimer(_ => Answer(r, What.AnsweredLate), null, TimeSpan.FromSeconds(at), Timeout.InfiniteTimeSpan);
            }
            _dead = true;
            _beat.Dispose();
            _owner.Life.Note(What.Exited, _name, null, 0, reason);
            if (!_owner.Life.IsOver) _listener.OnExit(reason);
        }

        private void Say(DeviceMessage message, bool late = false)
        {
            if (_owner.Life.IsOver || (_dead && !late)) return;
            _listener.OnMessage(message is HeartbeatMessage ? message : DeviceProtocol.ReadMessage(DeviceProtocol.Write(message)));
        }

        private void WhenThawed(Action action)
        {
            if (_dead) return;
            if (_frozen) _whenThawed.Add(action);
            else action();
        }

        /// <summary>Does something of the process's own later, or when it goes on after that.</summary>
        private void Later(double seconds, Action action) => After(seconds, () => WhenThawed(action));

        private void After(double seconds, Action action) => _owner.Life.Time.CreateTimer(
            _ =>
            {
                if (!_dead && !_owner.Life.IsOver) action();
            },
            null,
            TimeSpan.FromSeconds(seconds),
            Timeout.InfiniteTimeSpan);

        private static ProgressMessage Progress(RunRequest r) => new(r.Trial, r.Attempt, new JobProgress(1, 4, 2.5));

        private static CheckpointMessage Checkpoint(RunRequest r, int step) =>
            new(
                r.Trial, r.Attempt, step,
                new ArtifactRef(FormattableString.Invariant($"{r.Job.CheckpointFolder}/{r.Attempt}-{step}"), new string('c', 64), 10));
    }

    private ILife Life => life;

    private Faults Faults => faults;

    private Chance Chance => chance;
}
