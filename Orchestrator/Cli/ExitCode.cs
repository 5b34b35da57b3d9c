namespace Sweeps.Orchestrator.Cli;

/// <summary>What the process's exit code says. Scripts rely on these numbers.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    /// <summary>The sweep is complete, but some of its trials failed by their own fault.</summary>
    public const int SomeFailed = 1;

    /// <summary>The command line or a configuration file is wrong; nothing was started.</summary>
    public const int Invalid = 2;

    /// <summary>The folder holds another sweep, an older form of this one, or is in use; nothing was changed.</summary>
    public const int Refused = 3;

    /// <summary>
    /// The machine does not allow it: libtorch is missing, no device is left, the disk is full, a file of the run is damaged.
    /// </summary>
    public const int Environment = 4;

    /// <summary>Stopped by the end of the terminal (128 + SIGHUP); run again to go on.</summary>
    public const int HungUp = 129;

    /// <summary>Stopped by Ctrl-C (128 + SIGINT); run again to go on.</summary>
    public const int Interrupted = 130;

    /// <summary>Stopped by SIGTERM (128 + 15); run again to go on.</summary>
    public const int Terminated = 143;

    public const string Help =
        """
        Exit codes:
          0    done
          1    done, but some trials failed by their own fault
          2    the command line or a file is wrong; nothing was started
          3    refused: the folder holds another sweep, an older form of this one, or is in use
          4    the machine does not allow it (`sweeps doctor` says what is missing), or files of the run are damaged (`sweeps verify` says which)
          130  stopped by Ctrl-C, 143 by SIGTERM, 129 by the end of the terminal; the same command goes on
        """;
}
