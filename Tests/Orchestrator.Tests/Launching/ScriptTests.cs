namespace Sweeps.Orchestrator.Tests.Launching;

/// <summary>The shell scripts of ops, as shellcheck reads them.</summary>
public sealed class ScriptTests
{
    [ProgramFact("shellcheck")]
    public async Task Scripts_that_start_and_serve_clusters_have_no_finding()
    {
        string[] scripts =
        [
            "certificates.sh", "slurm/node.sh", "slurm/orchestrator.sbatch", "slurm/devices.sbatch", "setup.sh", "with-postgres.sh",
        ];
        var (_, said) = await SystemProgram.RunAsync(
            "shellcheck", ["--external-sources", "--shell=bash", .. scripts.Select(script => RepositoryFile.Path($"ops/{script}"))]);
        Assert.Equal("", said);
    }

    [Fact]
    public async Task Every_script_is_one_that_bash_can_read()
    {
        var ops = RepositoryFile.Path("ops");
        var scripts = Directory.EnumerateFiles(ops, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".sh" or ".sbatch").Order(StringComparer.Ordinal).ToList();
        Assert.Contains(Path.Combine(ops, "slurm", "devices.sbatch"), scripts);
        foreach (var script in scripts) Assert.Equal((0, ""), await SystemProgram.RunAsync("bash", "-n", script));
    }
}
