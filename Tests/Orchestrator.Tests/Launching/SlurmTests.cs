using Sweeps.Orchestrator.Configuration;

namespace Sweeps.Orchestrator.Tests.Launching;

/// <summary>The job files of ops/slurm, on a Slurm of one machine: Tests/cluster.</summary>
public sealed class SlurmTests
{
    [Fact]
    public async Task A_sweep_whose_device_jobs_are_preempted_and_requeued_has_the_report_of_one_machine()
    {
        var said = await SystemProgram.ClusterScriptAsync("slurm_sweep.py");
        Assert.EndsWith("the same as of this machine alone\n", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_job_with_gpus_uses_them_and_one_without_uses_its_cores_and_its_memory()
    {
        var gpus = await ConfigAsync("device", "SLURM_GPUS_ON_NODE=2", "CUDA_VISIBLE_DEVICES=0,1");
        Assert.Equal(("cuda", 0), (gpus.Devices.Single(), gpus.ThreadsPerDevice));
        var cpus = await ConfigAsync("device", "SLURM_CPUS_PER_TASK=8", "SLURM_MEM_PER_CPU=2048");
        Assert.Equal(("cpu=8", 1, 1843L << 20), (cpus.Devices.Single(), cpus.ThreadsPerDevice, cpus.MemoryPerDevice));
        var whole = await ConfigAsync("device", "SLURM_CPUS_PER_TASK=4", "SLURM_MEM_PER_NODE=8000");
        Assert.Equal(("cpu=4", 1800L << 20), (whole.Devices.Single(), whole.MemoryPerDevice));
        var unlimited = await ConfigAsync("device", "SLURM_CPUS_ON_NODE=3");
        Assert.Equal(("cpu=3", 0), (unlimited.Devices.Single(), unlimited.MemoryPerDevice));
    }

    [Fact]
    public async Task A_node_is_named_by_its_job_and_its_task_within_what_a_name_may_be_and_paths_may_have_any_character()
    {
        var options = await ConfigAsync(
            "orchestrator", "SLURM_JOB_ID=67108863", "SLURM_ARRAY_JOB_ID=67108863", "SLURM_ARRAY_TASK_ID=4194303",
            "SWEEPS_POSTGRESQL=Host=db;Password=\"a\\b c\"$(x)", "SWEEPS_FOLDER=/data/my ${runs}");
        Assert.Equal("orchestrator-67108863-4194303", options.Cluster.Name);
        Assert.Empty(options.Validate().Concat(options.Cluster.Validate()).Concat(options.Cluster.Lacks()));
        Assert.Equal(("Host=db;Password=\"a\\b c\"$(x)", "/data/my ${runs}"), (options.Store.Postgresql, options.Cluster.Folder));
        Assert.Equal((10000 + (67108863 % 20000), "10.0.0.7"), (options.Cluster.Port, options.Cluster.Host));
        Assert.Equal(("orchestrator", "/tmp/s"), (options.Cluster.Roles.Single(), options.Cluster.State));
    }

    [Fact]
    public async Task A_certificate_s_password_comes_from_its_file()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "se\"cret\n");
            var options = await ConfigAsync("device", "SWEEPS_CERTIFICATE=/c.p12", $"SWEEPS_CERTIFICATE_PASSWORD_FILE={file}");
            var cluster = options.Cluster;
            Assert.Equal(("/c.p12", "se\"cret", false), (cluster.Certificate, cluster.CertificatePassword, cluster.TrustNetwork));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("SWEEPS_FOLDER=runs", "SWEEPS_FOLDER is 'runs': expected the absolute path of a folder that all nodes see")]
    [InlineData("SWEEPS_POSTGRESQL=", "SWEEPS_POSTGRESQL is empty: expected how to connect to the database")]
    [InlineData("SWEEPS_TRUST_NETWORK=", "SWEEPS_CERTIFICATE is empty: expected a certificate, or SWEEPS_TRUST_NETWORK=true where nobody "
        + "else reaches the machines")]
    [InlineData("SWEEPS_CERTIFICATE=/c.p12", "SWEEPS_CERTIFICATE_PASSWORD_FILE is '': expected the file with the certificate's password")]
    [InlineData("SWEEPS_PROGRAM=/no/program", "/no/program: there is no such program; expected SWEEPS_PROGRAM, or sweeps on the PATH")]
    [InlineData("SLURM_JOB_ID=", "SLURM_JOB_ID is not set: this script is for sbatch")]
    public async Task What_is_missing_ends_the_job_with_one_sentence(string setting, string expected)
    {
        var (exitCode, said) = await SystemProgram.RunAsync(
            "env", ["-i", .. Settings, setting, "bash", "-uc", $". '{Node}'; run_node device"]);
        Assert.Equal((2, expected), (exitCode, said.Trim()[9..]));
    }

    private static string Node => RepositoryFile.Path("ops/slurm/node.sh");

    private static string[] Settings =>
    [
        "PATH=/usr/bin:/bin", "SLURM_JOB_ID=7", "SWEEPS_FOLDER=/data", "SWEEPS_POSTGRESQL=Host=db", "SWEEPS_TRUST_NETWORK=true",
        "SWEEPS_HOST=10.0.0.7", "SWEEPS_PROGRAM=true",
    ];

    /// <summary>The configuration that a job of this role writes, as the program reads it.</summary>
    private static async Task<Actors.Devices.NodeOptions> ConfigAsync(string role, params string[] settings)
    {
        var name = "${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}${SLURM_ARRAY_TASK_ID:+-$SLURM_ARRAY_TASK_ID}";
        var (exitCode, said) = await SystemProgram.RunAsync(
            "env", ["-i", .. Settings, .. settings, "bash", "-uc", $". '{Node}'; state=/tmp/s; write_config {role} {role}-{name}"]);
        Assert.True(exitCode == 0, said);
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, said);
            return ClusterFile.Load(file, _ => null);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
