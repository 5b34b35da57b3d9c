using Sweeps.ModelCore.Data;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Training;

internal static class TokenBatchTensors
{
    /// <summary>Inputs and targets as int64 (rows, context), in the current scope.</summary>
    public static (Tensor Tokens, Tensor Targets) ToTensors(this TokenBatch batch, Device device)
    {
        long[] shape = [batch.Rows, batch.Context];
        return (Of(batch.Inputs), Of(batch.Targets));

        Tensor Of(long[] tokens)
        {
            using var flat = tokens.ToDevice(device);
            return flat.view(shape);
        }
    }
}
