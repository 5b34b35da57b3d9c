using System.Globalization;
using Sweeps.Actors.Cluster;
using Sweeps.Actors.Devices;
using Sweeps.Orchestrator.Cli;

namespace Sweeps.Orchestrator.Tests.Launching;

/// <summary>The unit of ops/systemd, as systemd reads it and as the program needs it.</summary>
public sealed class SystemdTests : IDisposable
{
    // What may be exposed at most, of 10: a unit without any hardening has 9.6.
    private const string MostExposed = "20";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("sweeps-systemd-");

    [ProgramFact("systemd-analyze")]
    public async Task The_unit_and_its_addition_for_gpus_have_no_finding()
    {
        Assert.Equal((0, ""), await AnalyzeAsync("verify", "--man=no", Copy()));
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "sweeps.service.d"));
        File.Copy(Ops("gpu.conf"), Path.Combine(_folder.FullName, "sweeps.service.d", "gpu.conf"));
        Assert.Equal((0, ""), await AnalyzeAsync("verify", "--man=no", Copy()));
    }

    [ProgramFact("systemd-analyze")]
    public async Task The_unit_exposes_little_of_the_machine()
    {
        var (exitCode, said) = await AnalyzeAsync("security", "--offline=true", $"--threshold={MostExposed}", Copy());
        Assert.True(exitCode == 0, said);
    }

    [Fact]
    public void The_unit_starts_the_program_as_its_user_with_the_state_folder_that_is_the_default()
    {
        var unit = Settings();
        Assert.Equal("/opt/sweeps/sweeps node --config /etc/sweeps/cluster.hocon", unit["ExecStart"]);
        Assert.Equal(new ClusterOptions().State, $"/var/lib/{unit["StateDirectory"]}");
        var user = Lines("sweeps.sysusers").Single().Split(' ');
        Assert.Equal((unit["User"], unit["Group"]), (user[1], user[1]));
        Assert.Equal(unit["ReadWritePaths"], unit["RequiresMountsFor"]);
    }

    [Fact]
    public async Task The_command_that_the_unit_starts_is_one_of_the_program()
    {
        var words = Settings()["ExecStart"].Split(' ')[1..^1];
        var (exitCode, said) = await SystemProgram.RunAsync(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, "sweeps.dll"), .. words, Path.Combine(_folder.FullName, "none.hocon")]);
        Assert.Equal(ExitCode.Invalid, exitCode);
        Assert.Contains("none.hocon", said, StringComparison.Ordinal);
    }

    [Fact]
    public void An_end_that_was_asked_for_is_no_failure_and_one_that_gets_no_better_is_not_tried_again()
    {
        var unit = Settings();
        Assert.Equal("on-failure", unit["Restart"]);
        Assert.Equal(ExitCode.Terminated.ToString(CultureInfo.InvariantCulture), unit["SuccessExitStatus"]);
        Assert.Equal($"{ExitCode.Invalid} {ExitCode.Refused}", unit["RestartPreventExitStatus"]);
    }

    [Fact]
    public void A_stop_asks_the_program_alone_and_waits_longer_than_checkpoints_may_take()
    {
        var unit = Settings();
        Assert.Equal(("SIGTERM", "mixed", "continue"), (unit["KillSignal"], unit["KillMode"], unit["OOMPolicy"]));
        // ClusterNode gives the devices ten seconds over the grace, and Akka's shutdown has phases of some seconds each.
        var least = new NodeOptions().StopGrace + TimeSpan.FromSeconds(10 + 30);
        Assert.True(TimeSpan.FromSeconds(int.Parse(unit["TimeoutStopSec"], CultureInfo.InvariantCulture)) >= least);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static string Ops(string name) => RepositoryFile.Path($"ops/systemd/{name}");

    private static IEnumerable<string> Lines(string name) =>
        File.ReadLines(Ops(name)).Where(line => line.Length > 0 && !line.StartsWith('#'));

    private static Dictionary<string, string> Settings() => Lines("sweeps.service").Where(line => !line.StartsWith('['))
        .Select(line => line.Split('=', 2)).ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);

    /// <summary>A copy with a program that is there: verify asks whether it can be executed.</summary>
    private string Copy()
    {
        var copy = Path.Combine(_folder.FullName, "sweeps.service");
        var text = File.ReadAllText(Ops("sweeps.service"));
        File.WriteAllText(copy, text.Replace("/opt/sweeps/sweeps", "/bin/true", StringComparison.Ordinal));
        return copy;
    }

    private static Task<(int ExitCode, string Said)> AnalyzeAsync(params string[] arguments) =>
        SystemProgram.RunAsync("systemd-analyze", arguments);
}
